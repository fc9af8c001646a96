"""What can only be checked where a run is launched: its images on this disk, its GPU in this machine."""

from pathlib import Path

from engine.plan.config import RunConfig
from engine.plan.image_folder import ImageFolder, scan_image_folder, verify_images
from engine.plan.setting import shown
from engine.process.gpus import check_device, visible_gpus


def check_launch(config: RunConfig, is_for_cluster: bool = False) -> None:
    """ValueError in one line when the run could not even start: its device or its images are not there.

    Of a run for a cluster neither can be looked at from here, but a GPU by number means nothing there.
    """
    if is_for_cluster:
        if config.engine.device not in ("auto", "cpu", "cuda:0"):
            named = f"engine.device = {config.engine.device}"
            raise ValueError(f"{named}: a cluster chooses the GPU; allowed: auto, cpu, cuda:0")
        return
    check_device(config.engine.device, visible_gpus() if config.engine.device.startswith("cuda:") else ())
    if config.dataset.startswith("folder:"):
        images = scan_image_folder(Path(config.dataset.removeprefix("folder:")))
        _check_sizes(config, images)
        verify_images(images)


def cluster_table(address: str) -> dict[str, str | int]:
    """What cluster.json holds for a cluster at HOST:PORT, or with "" for the one at hand; ValueError else."""
    host, colon, port = address.rpartition(":")
    if address and not (colon and host and port.isdecimal() and 0 < int(port) < 2**16):
        raise ValueError(f"--cluster ray:{shown(address)}: allowed are ray and ray:HOST:PORT")
    return {"version": 1, "engine": "ray", "address": address}


def _check_sizes(config: RunConfig, images: ImageFolder) -> None:
    num_training, num_testing = (sum(map(len, part)) for part in (images.train, images.test))
    data = config.data
    if data.num_train + data.num_val > num_training:
        raise ValueError(
            f"data.num_train + data.num_val = {data.num_train + data.num_val}: {images.root / 'train'} holds "
            f"{num_training} images; allowed is, for example, {_sizes_that_fit(config, num_training)}"
        )
    if data.num_test > num_testing:
        raise ValueError(
            f"data.num_test = {data.num_test}: {images.root / 'test'} holds {num_testing} images; "
            f"allowed is 0 (all there are) to {num_testing}"
        )


def _sizes_that_fit(config: RunConfig, num_training: int) -> str:
    """Flags under which so many images do: a tenth of them for validation, and at least one batch of each."""
    batch_size = min(config.child.batch_size, num_training // 2)
    num_val = max(batch_size, num_training // 10)
    flags = f"--set data.num_train={num_training - num_val} --set data.num_val={num_val}"
    return flags + (f" --set child.batch_size={batch_size}" if batch_size < config.child.batch_size else "")
