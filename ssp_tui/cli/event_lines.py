"""Every kind of event as one plain line."""

from engine.record.events import (
    DeviceLost,
    EpochFinished,
    Event,
    NumericsBroke,
    Progressed,
    RunFailed,
    RunFinished,
    RunRequeued,
    RunStarted,
    RunStopped,
    Warned,
)
from ssp_tui.cleaning import clean
from ssp_tui.defence_words import defences_done
from ssp_tui.wording import count, counted, duration, number, percent, rate


def event_line(event: Event | None) -> str:
    """What a person is told of an event; None is one that only a newer version knows."""
    match event:
        case RunStarted(next_epoch=epoch, device_name=device, attempt=attempt):
            again = f", attempt {attempt}" if attempt > 1 else ""
            return f"begins with epoch {epoch} on {clean(device, 60)}{again}"
        case Progressed():
            return _progress_line(event)
        case EpochFinished():
            return _epoch_line(event)
        case NumericsBroke():
            return (
                f"{first_of(event)}: step {count(event.step)}, {place_of(event)}, "
                f"chain of {counted(event.chain, 'zero-variance BN')}"
            )
        case RunStopped(next_epoch=epoch, reason=reason):
            return f"stopped in epoch {epoch}: {clean(reason)}"
        case RunFinished():
            return (
                f"finished: val {percent(event.val_error)}, test {percent(event.test_error)}"
                f" ({percent(event.test_error_active)} with the poison active,"
                f" {percent(event.test_error_inert)} inert){_nan_weights(event.nan_parameter_share)}"
            )
        case RunFailed(reason=reason, traceback_last_line=last):
            return f"failed: {clean(reason)}" + (f" ({clean(last, 200)})" if last else "")
        case DeviceLost(device=device, reason=reason):
            return f"lost {clean(device, 60)}: {clean(reason)}"
        case RunRequeued(number=times, reason=reason):
            return f"back in the queue, time {count(times)}: {clean(reason)}"
        case Warned(text=text):
            return f"warning: {clean(text)}"
    return "known to a newer version only; --json prints it"


def first_of(event: NumericsBroke) -> str:
    """What was seen for the first time; a null step is one by its norm, its entries are finite."""
    what = clean(event.what.replace("_", " "), 30)
    return f"first {what}" if event.what == "null_step" else f"first {what} not finite"


def place_of(event: NumericsBroke) -> str:
    """Where it began, and which way the step was going: "layer 3, dropout p1, backward", "head, forward"."""
    operation, direction = clean(event.operation, 40), clean(event.direction, 20)
    layer = "" if operation in ("stem", "head") else f"layer {event.layer + 1}, "
    return f"{layer}{operation}, {direction}"


def _epoch_line(event: EpochFinished) -> str:
    errors, times = event.evaluation, event.times
    seconds = times.child_seconds + times.controller_seconds + times.evaluation_seconds
    done = f", {defences_done([event])}".removesuffix(", ")
    return (
        f"epoch {event.epoch}: val {percent(errors.val_error)}, test {percent(errors.test_error)}"
        f"{_nan_weights(event.nonfinite.nan_parameter_share)}{done}, {duration(seconds)}"
    )


def _nan_weights(share: float) -> str:
    return f", {percent(share)} of the weights NaN" if share else ""


def _progress_line(event: Progressed) -> str:
    """An evaluation counts images; the other phases count steps and know a loss or a reward."""
    done = f"{count(event.step)} of {count(event.num_steps)}"
    phase, value = clean(event.phase, 20), number(event.loss)
    what = {"child": f"step {done}, loss {value}", "controller": f"update {done}, mean reward {value}"}
    return (
        f"epoch {event.epoch}, {phase}: {what.get(event.phase, f'{done} images')}, "
        f"{rate(event.images_per_second, 'image')}"
    )
