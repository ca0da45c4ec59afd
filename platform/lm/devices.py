"""Where models compute: a CUDA device when there is one."""

import torch


def best() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
