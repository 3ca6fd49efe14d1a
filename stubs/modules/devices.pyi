from contextlib import AbstractContextManager

import torch

device: torch.device

def autocast(disable: bool = ...) -> AbstractContextManager[object]: ...
