"""`pingxing devices` tries what it names, and says what is missing."""

from __future__ import annotations

import json

import pytest
from tests.integration.test_diffusion import pytestmark

from pingxing.cli.main import main
from pingxing.engine import devices
from pingxing.errors import Unavailable

__all__ = ["pytestmark"]


def test_the_cpu_computes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["devices", "--json"])
    assert not ended.value.code
    told = json.loads(capsys.readouterr().out)["devices"]
    (cpu,) = [device for device in told if device["kind"] == "cpu"]
    assert cpu["works"]
    assert cpu["gflops"] > 0.1
    assert cpu["memory_bytes"] > cpu["free_bytes"] > 0


def test_a_plug_in_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_plugged", lambda name: f"{name}: no driver" if name == "torch_npu" else "")
    broken = [device for device in devices.devices() if not device.works]
    assert [(device.kind, device.problem) for device in broken] == [("torch_npu", "torch_npu: no driver")]


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Unavailable) as caught:
        devices.devices()
    assert caught.value.reason == "no_torch"


def test_each_of_several_accelerators_is_tried_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    asked: list[int | None] = []
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.accelerator, "current_device_index", lambda: 0)
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda index=None: (asked.append(index), (7, 9))[1])
    monkeypatch.setattr(
        devices, "_tried", lambda name: devices.Device(name, "", *reversed(devices.memory_of(name)), "", True, 1.0)
    )
    found = devices.devices()
    assert [device.kind for device in found] == ["cuda:0", "cuda:1", "cuda:2", "cpu"]
    assert [(device.memory_bytes, device.free_bytes) for device in found[:3]] == [(9, 7)] * 3
    assert asked == [0, 1, 2]
    assert devices.beside() == ("cuda:1", "cuda:2")
    assert devices.memory_of("cuda") == (7, 9)
    assert asked[-1] is None
