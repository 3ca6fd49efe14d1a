"""From an order to a model: fetch it if it must be, and load it in the way its files ask for."""

from __future__ import annotations

import sys
from pathlib import Path

from lib_omost.chat.local.load import load_embedded_model, load_model
from lib_omost.chat.model import LanguageModel
from lib_omost.chat.models.catalogue import Source
from lib_omost.chat.models.download import Progress, download
from lib_omost.chat.models.store import find_files
from lib_omost.chat.worker.child.engine import Order
from lib_omost.chat.worker.launch import Device
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.errors import AdapterError, ModelError


def load(order: Order) -> LanguageModel:
    """The model of an order. Raises OmostError when it is not there, cannot be fetched or cannot be loaded."""
    spec = order.spec
    if spec.source is Source.EMBEDDED:
        order.report(WorkerStatus(Phase.LOADING))
        return _composer(order)
    path = Path(spec.where) if spec.source is Source.PATH else _on_disk(order)
    order.report(WorkerStatus(Phase.LOADING))
    return load_model(
        path,
        knows_canvas=spec.knows_canvas,
        bounds=spec.bounds,
        on_cpu=order.device is Device.CPU,
        offload=order.device is Device.OFFLOAD,
    )


def _composer(order: Order) -> LanguageModel:
    """The embedded model with the weights that make it a composer; without them as it is, which the parent tells."""
    from lib_omost.chat.local.composer import load_composer

    try:
        return load_composer(order.kept, on_cpu=order.device is Device.CPU)
    except AdapterError as error:
        sys.stderr.write(f"{error}\n")
        return load_embedded_model()


def _on_disk(order: Order) -> Path:
    """The files of a hub model, fetched when they are not all there."""
    path = find_files(order.spec)
    if path is not None:
        return path
    if order.offline:
        raise ModelError(
            f"{order.spec.where} is not on this computer, and downloads are off",
            hint=f"python -m lib_omost models download {order.spec.name}",
        )

    def report(progress: Progress) -> None:
        order.report(WorkerStatus(Phase.DOWNLOADING, progress.done, progress.total, progress.per_second))

    return download(order.spec, report)
