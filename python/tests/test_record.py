"""Traces of heddle.LSTM and heddle.Linear: what they hold is what training multiplied."""

import numpy as np
import pytest
import torch

import heddle
from heddle import _native
from traces import read

T, B, K, H, V = 3, 4, 6, 8, 11


def network(**options):
    torch.manual_seed(11)
    return heddle.LSTM(K, H, 2, **options), heddle.Linear(H, V)


def train(lstm, linear, steps=1):
    """Training steps without updates; returns the last loss."""
    torch.manual_seed(12)
    for _ in range(steps):
        x = torch.randn(T, B, K, requires_grad=True)
        y, _ = lstm(x)
        loss = linear(y, lstm.masks).square().mean()
        loss.backward()
    return loss


def one(jobs, **wanted):
    found = [job for job in jobs if all(job.get(name) == value for name, value in wanted.items())]
    assert len(found) == 1, (wanted, len(found))
    return found[0]


def near(found, wanted, tolerance=0.02):
    """Within what bf16 rounds away."""
    wanted = wanted.detach().numpy()
    return np.linalg.norm(found - wanted) <= tolerance * np.linalg.norm(wanted)


def test_a_trace_holds_every_product_with_its_place(tmp_path):
    lstm, linear = network(nr=0.5, rh=0.5, out=0.5)
    with heddle.record(tmp_path / "x.safetensors") as recording:
        train(lstm, linear)
    jobs = read(tmp_path / "x.safetensors")
    assert recording.jobs == len(jobs)
    places = [(job["phase"], job["layer"], job["site"], job["time"]) for job in jobs]
    cells = [(layer, site) for layer in (0, 1) for site in ("nr", "rh")]
    wanted = {("fp", layer, site, t) for layer, site in cells for t in range(T)}
    wanted |= {("wg", layer, site, t) for layer, site in cells for t in range(T)}
    # Nothing goes back through U ahead of the window: the state there has no gradient.
    wanted |= {("bp", layer, site, t) for layer, site in cells for t in range(T) if site == "nr" or t}
    wanted |= {(phase, 1, "out", t) for phase in ("fp", "bp", "wg") for t in range(T)}
    assert len(places) == len(set(places)) and set(places) == wanted
    assert _native.run(["trace", "check", str(tmp_path / "x.safetensors")])[1:] == (0, None)


def test_its_masks_and_shapes_are_those_of_training(tmp_path):
    lstm, linear = network(nr=0.5, rh=0.5, out=0.5)
    with heddle.record(tmp_path / "x.safetensors"):
        train(lstm, linear)
    masks = lstm.masks
    units = {(0, "nr"): masks.nr[0], (1, "nr"): masks.nr[1], (0, "rh"): masks.rh[0], (1, "rh"): masks.rh[1],
             (1, "out"): masks.out}  # fmt: skip
    for job in read(tmp_path / "x.safetensors"):
        keep = (units[job["layer"], job["site"]][job["time"], 0] != 0).numpy()
        dimension = {"fp": "k", "bp": "n", "wg": "m"}[job["phase"]]
        for name in "mkn":
            mask = job["keep_" + name]
            assert (mask is None) != (name == dimension)
        assert np.array_equal(job["keep_" + dimension], keep)
        wide = V if job["site"] == "out" else 4 * H
        shapes = {"fp": (B, len(keep), wide), "bp": (B, wide, len(keep)), "wg": (len(keep), B, wide)}
        assert (job["m"], job["k"], job["n"]) == shapes[job["phase"]]


def test_its_sums_are_those_of_training(tmp_path):
    lstm, linear = network(nr=0.5, rh=0.5, out=0.5)
    with heddle.record(tmp_path / "x.safetensors"):
        loss = train(lstm, linear)
    jobs = read(tmp_path / "x.safetensors")
    last = T - 1
    for name, parameter, place in (
        ("W", lstm.weight_ih_l1, dict(layer=1, site="nr")),
        ("U", lstm.weight_hh_l0, dict(layer=0, site="rh")),
        ("S", linear.weight, dict(layer=1, site="out")),
    ):
        # The last of the chain holds the whole gradient.
        assert near(one(jobs, phase="wg", time=last, **place)["c"].T, parameter.grad), name
    logits = np.stack([one(jobs, phase="fp", site="out", time=t)["c"] for t in range(T)])
    assert np.isclose(np.square(logits).mean(), float(loss), rtol=0.02)
    chain = [one(jobs, phase="wg", layer=0, site="nr", time=t) for t in range(T)]
    assert chain[0]["c0"] is None and len({job["sums"] for job in chain}) == 1
    # x W and h U of a step add into the same sums; the seed of the first is the bias.
    first, second = (one(jobs, phase="fp", layer=0, site=site, time=1) for site in ("nr", "rh"))
    assert first["sums"] == second["sums"]
    assert np.allclose(first["c0"], (lstm.bias_ih_l0 + lstm.bias_hh_l0).detach().numpy())
    # The f32 sum of the products before, to what the operands' rounding makes of it.
    assert np.allclose(second["c0"], first["c"], atol=0.02)


def test_the_expected_results_are_the_golden_products(tmp_path):
    lstm, linear = network(nr=0.5, rh=0.5)
    with heddle.record(tmp_path / "x.safetensors"):
        train(lstm, linear)
    for job in read(tmp_path / "x.safetensors"):
        a, b = (torch.from_numpy(job[name].copy()).bfloat16() for name in "ab")
        keeps = [None if job[n] is None else job[n].astype(bool) for n in ("keep_m", "keep_k", "keep_n")]
        assert np.array_equal(heddle.matmul(a, b, job["c0"], *keeps).numpy(), job["c"])


@pytest.mark.parametrize("case, kept, jobs_of_a_product", [("I", None, 1), ("II", None, 1), ("IV", 3, 1)])
def test_other_cases(tmp_path, case, kept, jobs_of_a_product):
    lstm = heddle.LSTM(K, H, nr=0.5, case=case)
    with heddle.record(tmp_path / "x.safetensors", sites=["nr"]):
        lstm(torch.randn(T, B, K))[0].sum().backward()
    jobs = read(tmp_path / "x.safetensors")
    assert len(jobs) == 2 * T * jobs_of_a_product  # no bp: the input has no gradient
    for job in jobs:
        mask = job["keep_k"] if job["phase"] == "fp" else job["keep_m"]
        assert (mask is None) if kept is None else mask.sum() == kept
        if kept is None and job["phase"] == "fp":
            # What is dropped is in the operand.
            assert (job["a"] == 0).sum() == B * K // 2


def test_groups_make_a_job_each(tmp_path):
    torch.manual_seed(13)
    lstm = heddle.LSTM(K, H, nr=0.5, rh=0.5, groups=2)
    with heddle.record(tmp_path / "x.safetensors"):
        lstm(torch.randn(T, B, K))[0].square().sum().backward()
    jobs = read(tmp_path / "x.safetensors")
    forward = [job for job in jobs if job["phase"] == "fp" and job["site"] == "nr"]
    assert len(forward) == 2 * T and all(job["m"] == B // 2 for job in forward)
    last = [job for job in jobs if job["phase"] == "wg" and job["site"] == "rh"][-1]
    assert near(last["c"].T, lstm.weight_hh_l0.grad)


def test_both_directions_are_layers(tmp_path):
    torch.manual_seed(14)
    lstm = heddle.LSTM(K, H, bidirectional=True, rh=0.5)
    with heddle.record(tmp_path / "x.safetensors", phases=["wg"], sites=["rh"]):
        lstm(torch.randn(T, B, K))[0].square().sum().backward()
    jobs = read(tmp_path / "x.safetensors")
    assert near(one(jobs, layer=0, time=T - 1)["c"].T, lstm.weight_hh_l0.grad)
    assert near(one(jobs, layer=1, time=T - 1)["c"].T, lstm.weight_hh_l0_reverse.grad)
    keep = (lstm.masks.rh[1][1, 0] != 0).numpy()
    assert np.array_equal(one(jobs, layer=1, time=1)["keep_m"], keep)


def test_a_batch_first_linear_layer(tmp_path):
    torch.manual_seed(15)
    lstm, linear = heddle.LSTM(K, H, batch_first=True, out=0.5), heddle.Linear(H, V, batch_first=True)
    with heddle.record(tmp_path / "x.safetensors", sites=["out"]):
        y, _ = lstm(torch.randn(B, T, K))
        linear(y, lstm.masks).square().sum().backward()
    jobs = read(tmp_path / "x.safetensors")
    assert near(one(jobs, phase="wg", time=T - 1)["c"].T, linear.weight.grad)
    assert one(jobs, phase="fp", time=0)["m"] == B


def test_chosen_steps_times_layers_and_phases(tmp_path):
    lstm, linear = network(nr=0.5, rh=0.5)
    with heddle.record(
        tmp_path / "x.safetensors", steps=[2], times=[0, 2], layers=[1], phases=["fp", "wg"], sites=["rh"]
    ) as recording:
        train(lstm, linear, steps=4)
    jobs = read(tmp_path / "x.safetensors")
    assert recording.jobs == len(jobs) == 4
    assert {(job["step"], job["layer"], job["site"]) for job in jobs} == {(2, 1, "rh")}
    # Sums that are not recorded are in the seeds all the same.
    assert one(jobs, phase="wg", time=2)["c0"] is not None
    with heddle.record(tmp_path / "few.safetensors", max_jobs=3) as recording:
        train(lstm, linear)
    assert recording.jobs == 3


def test_steps_by_hand(tmp_path):
    lstm = heddle.LSTM(K, H)
    with heddle.record(tmp_path / "x.safetensors", steps=[1], manual_steps=True) as recording:
        for _ in range(2):
            for _ in range(2):
                lstm(torch.randn(1, B, K))
            recording.step()
    assert {job["step"] for job in read(tmp_path / "x.safetensors")} == {1}
    assert recording.jobs == 4


def test_quantised(tmp_path):
    lstm, linear = network(nr=0.5)
    with heddle.record(tmp_path / "x.safetensors", format="int8", acc_bits=24, overflow="saturate"):
        train(lstm, linear)
    job = one(read(tmp_path / "x.safetensors"), phase="wg", layer=0, site="nr", time=0)
    assert (job["format"], job["acc_bits"], job["overflow"]) == ("int8", 24, "saturate")
    assert job["a"].dtype == np.int8 and np.abs(job["a"]).max() > 63
    exact = (job["a"].astype(int) * job["keep_m"][:, None]) @ job["b"].astype(int)
    assert np.array_equal(job["c"], exact)


def test_weights_are_those_of_the_forward_pass(tmp_path):
    """An optimiser changes them in place, ahead of a later step's record."""
    lstm = heddle.LSTM(K, H)
    sgd = torch.optim.SGD(lstm.parameters(), 1.0)
    before = lstm.weight_hh_l0.detach().clone()
    with heddle.record(tmp_path / "x.safetensors", steps=[0], sites=["rh"]):
        lstm(torch.randn(T, B, K))[0].sum().backward()
        sgd.step()
    for job in read(tmp_path / "x.safetensors"):
        if job["phase"] != "wg":
            weight = job["b"].T if job["phase"] == "fp" else job["b"]
            assert np.array_equal(weight, before.bfloat16().float().numpy())
    assert not torch.equal(before, lstm.weight_hh_l0)


def test_what_nobody_can_see_is_told(tmp_path):
    path = tmp_path / "x.safetensors"
    for module, mode in ((torch.nn.LSTM(K, H), "train"), (heddle.LSTM(K, H), "eval")):
        getattr(module, mode)()
        with pytest.raises(ValueError, match="no product was recorded: the block made 0 calls"):
            with heddle.record(path):
                module(torch.randn(T, B, K))
    with pytest.raises(ValueError, match="the block made 1 calls"):
        with heddle.record(path, steps=[10]):
            heddle.LSTM(K, H)(torch.randn(T, B, K))
    assert not path.exists()


def test_a_block_that_fails_writes_nothing_and_lets_the_next_begin(tmp_path):
    path = tmp_path / "x.safetensors"
    with pytest.raises(ZeroDivisionError):
        with heddle.record(path):
            heddle.LSTM(K, H)(torch.randn(T, B, K))
            1 / 0
    assert not path.exists()
    with heddle.record(path):
        heddle.LSTM(K, H)(torch.randn(T, B, K))
        with pytest.raises(RuntimeError, match="runs already"):
            heddle.record(tmp_path / "y.safetensors").__enter__()
    assert path.exists()


def test_backward_after_the_block_is_told(tmp_path):
    with heddle.record(tmp_path / "x.safetensors"):
        loss = heddle.LSTM(K, H)(torch.randn(T, B, K))[0].sum()
    with pytest.warns(UserWarning, match="backward ran after the block"):
        loss.backward()


@pytest.mark.parametrize(
    "options, words",
    [
        (dict(format="fp32"), "fp32"),
        (dict(sites=["hidden"]), "hidden"),
        (dict(phases=["forward"]), "forward"),
        (dict(acc_bits=32), "bf16"),
        (dict(format="int8", overflow="clip"), "clip"),
    ],
)
def test_bad_options_are_named(tmp_path, options, words):
    with pytest.raises(ValueError, match=words):
        heddle.record(tmp_path / "x.safetensors", **options)


def test_a_place_that_cannot_be_written_is_named_at_once(tmp_path):
    with pytest.raises(ValueError, match="nowhere"):
        heddle.record(tmp_path / "nowhere" / "x.safetensors")


def test_masks_that_the_input_does_not_have_are_refused(tmp_path):
    lstm, linear = network(out=0.5)
    with pytest.raises(ValueError, match="masks.out drops units that the input holds"):
        with heddle.record(tmp_path / "x.safetensors"):
            lstm(torch.randn(T, B, K))
            linear(torch.randn(T, B, H), lstm.masks)
    shared = heddle.Masks([torch.rand(1, B, K).round() + 0.5], [None])
    shared.nr[0][0, 0], shared.nr[0][0, 1] = 0, 1
    with pytest.raises(ValueError, match="samples 0 to 3 differ at nr"):
        with heddle.record(tmp_path / "x.safetensors"):
            heddle.LSTM(K, H)(torch.randn(T, B, K), masks=shared)
