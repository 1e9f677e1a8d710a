"""How fast a device could be at best, so that a log can say which part of that was used.

Model-FLOPs utilisation (Chowdhery et al., PaLM, 2022, appendix B): the operations that the model needs for what it saw,
over those that the device could have done in the time. Recomputation and the optimiser count as nothing.
"""

from __future__ import annotations

import torch

# Dense bf16 products with fp32 sums, in 1e12 operations a second, from the makers' data sheets (without sparsity).
PEAKS = {
    "H200": 989.0, "H100 PCIe": 756.0, "H100 NVL": 835.0, "H100": 989.0, "GH200": 989.0, "B200": 2250.0,
    "A100": 312.0, "A10": 125.0, "L40S": 362.0, "L40": 181.0, "L4": 121.0,
    "RTX 4090": 165.0, "RTX 3090": 71.0, "V100": 125.0, "T4": 65.0,
}  # fmt: skip


def peak_named(name: str) -> float:
    """Operations a second of a device by the name that its driver tells, 0 where it is not in the table."""
    found = [kind for kind in PEAKS if all(part in name.replace("-", " ").split() for part in kind.split())]
    return 1e12 * PEAKS[max(found, key=len)] if found else 0.0


def peak(device: torch.device) -> float:
    """The same for this device. A CPU has none in the table."""
    return peak_named(torch.cuda.get_device_name(device)) if device.type == "cuda" else 0.0
