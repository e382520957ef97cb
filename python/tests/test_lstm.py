"""heddle.LSTM against nn.LSTM without dropout, and against Heddle's Rust LSTM with the same masks."""

import numpy as np
import pytest
import torch

import heddle
from heddle import _native

CASES = ["I", "II", "III", "IV"]
SHAPES = [(1, False), (2, False), (2, True)]


def rust_order(matrix):
    """The gates i f g o of the first dimension as i f o g, transposed: Heddle's layout in Rust."""
    i, f, g, o = matrix.detach().chunk(4, dim=0)
    return torch.cat([i, f, o, g], dim=0).t().contiguous().numpy()


def torch_order(matrix):
    """The way back."""
    i, f, o, g = np.split(matrix, 4, axis=1)
    return torch.from_numpy(np.concatenate([i, f, g, o], axis=1).T.copy())


class RustLstm:
    """Layers and directions of Heddle's Rust LSTM with the weights of an LSTM in PyTorch."""

    def __init__(self, lstm, masks):
        self.lstm, self.masks = lstm, masks
        self.directions = 2 if lstm.bidirectional else 1

    def cell(self, layer, direction, x, h, c, dy, dh, dc):
        suffix = f"_l{layer}" + ("_reverse" if direction else "")
        get = lambda name: getattr(self.lstm, name + suffix)
        bias = (get("bias_ih") + get("bias_hh")).unsqueeze(1)
        index = layer * self.directions + direction
        mask = lambda masks: None if masks[index] is None else masks[index].numpy()
        turn = lambda y: y[::-1] if direction else y
        found = _native.lstm_layer(
            rust_order(get("weight_ih")), rust_order(get("weight_hh")), rust_order(bias),
            turn(x), h[index], c[index], mask(self.masks.nr), mask(self.masks.rh), turn(dy), dh[index], dc[index],
        )  # fmt: skip
        for name in ("y", "dx"):
            found[name] = turn(found[name])
        return found

    def run(self, x, h, c, dy, dh, dc):
        """Outputs and gradients by name, as PyTorch calls and shapes them."""
        layers, width = self.lstm.num_layers, self.lstm.hidden_size
        out = 1.0 if self.masks.out is None else self.masks.out.numpy()
        # Forward needs no gradients of what comes after: zeros.
        inputs = [x]
        for layer in range(layers):
            zeros = np.zeros((*x.shape[:2], width))
            ys = [
                self.cell(layer, d, inputs[-1], h, c, zeros, dh * 0, dc * 0)["y"] for d in range(self.directions)
            ]
            inputs.append(np.concatenate(ys, axis=-1))
        found = {"y": torch.from_numpy(inputs[-1] * out)}
        states = {"h": {}, "c": {}, "dh0": {}, "dc0": {}}
        gradient = dy * out
        for layer in reversed(range(layers)):
            below = 0.0
            for d, part in enumerate(np.split(gradient, self.directions, axis=-1)):
                one = self.cell(layer, d, inputs[layer], h, c, part, dh, dc)
                suffix = f"_l{layer}" + ("_reverse" if d else "")
                found["weight_ih" + suffix] = torch_order(one["dw"])
                found["weight_hh" + suffix] = torch_order(one["du"])
                found["bias_ih" + suffix] = found["bias_hh" + suffix] = torch_order(one["db"])[:, 0]
                for name, values in states.items():
                    values[layer * self.directions + d] = one[name]
                below = below + one["dx"]
            gradient = below
        found["dx"] = torch.from_numpy(gradient)
        for name, values in states.items():
            found[name] = torch.from_numpy(np.stack([values[i] for i in range(len(values))]))
        return found


def both(lstm, masks, rust_masks, times=5, batch=4):
    """Outputs and gradients of the two."""
    cells = lstm.num_layers * (2 if lstm.bidirectional else 1)
    state = (cells, batch, lstm.hidden_size)
    wide = lstm.hidden_size * (2 if lstm.bidirectional else 1)
    x, h, c = (torch.randn(s, dtype=torch.float64, requires_grad=True)
               for s in ((times, batch, lstm.input_size), state, state))  # fmt: skip
    dy, dh, dc = (torch.randn(s, dtype=torch.float64) for s in ((times, batch, wide), state, state))
    lstm.zero_grad()
    y, (h_n, c_n) = lstm(x, (h, c), masks=masks)
    ((y * dy).sum() + (h_n * dh).sum() + (c_n * dc).sum()).backward()
    ours = {"y": y, "h": h_n, "c": c_n, "dx": x.grad, "dh0": h.grad, "dc0": c.grad}
    ours.update((name, p.grad) for name, p in lstm.named_parameters())
    arrays = [tensor.detach().numpy() for tensor in (x, h, c, dy, dh, dc)]
    return ours, RustLstm(lstm, rust_masks).run(*arrays)


def worst(ours, theirs):
    """The largest relative difference among the tensors, by the largest value of each."""
    assert ours.keys() == theirs.keys()
    return max(float((ours[n] - theirs[n]).abs().max() / theirs[n].abs().max()) for n in theirs)


@pytest.mark.parametrize("layers, bidirectional", SHAPES)
@pytest.mark.parametrize("kind", ["exact", "bernoulli"])
@pytest.mark.parametrize("case", CASES)
def test_equals_the_rust_lstm_with_the_same_masks(case, kind, layers, bidirectional):
    torch.manual_seed(7)
    lstm = heddle.LSTM(
        6, 8, layers, bidirectional=bidirectional, dtype=torch.float64, nr=0.5, rh=0.4, out=0.3, case=case, kind=kind
    )
    masks = lstm.draw_masks(5, 4)
    ours, theirs = both(lstm, masks, masks)
    assert worst(ours, theirs) < 1e-5


def test_equals_the_rust_lstm_without_masks_and_with_groups():
    torch.manual_seed(8)
    lstm = heddle.LSTM(6, 8, 2, dtype=torch.float64, nr=0.5, rh=0.5, groups=2)
    for masks in (lstm.draw_masks(5, 4), heddle.Masks(nr=[None, None], rh=[None, None])):
        ours, theirs = both(lstm, masks, masks)
        assert worst(ours, theirs) < 1e-5


@pytest.mark.parametrize("site", ["nr", "rh", "out"])
def test_a_spoiled_mask_is_found(site):
    """The control: one unit that only one of the two drops."""
    torch.manual_seed(9)
    lstm = heddle.LSTM(6, 8, 1, dtype=torch.float64, nr=0.5, rh=0.5, out=0.5)
    masks = lstm.draw_masks(5, 4)
    spoiled = heddle.Masks([masks.nr[0].clone()], [masks.rh[0].clone()], masks.out.clone())
    mask = spoiled.out if site == "out" else getattr(spoiled, site)[0]
    kept = int(mask[2, 0].nonzero()[0])
    mask[2, 0, kept] = 0
    ours, theirs = both(lstm, masks, spoiled)
    assert worst(ours, theirs) > 1e-3


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("layers, bidirectional", SHAPES)
def test_is_nn_lstm_without_dropout(layers, bidirectional, batch_first, bias):
    options = dict(bias=bias, batch_first=batch_first, bidirectional=bidirectional)
    torch.manual_seed(1)
    theirs = torch.nn.LSTM(5, 7, layers, **options)
    torch.manual_seed(1)
    ours = heddle.LSTM(5, 7, layers, **options)
    # The same names, shapes, order and initial values.
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(ours.state_dict().values(), theirs.state_dict().values()))
    found = []
    for lstm in (ours, theirs):
        torch.manual_seed(2)
        x = torch.randn(4, 3, 5, requires_grad=True)
        state = [torch.randn(layers * (2 if bidirectional else 1), 4 if batch_first else 3, 7) for _ in range(2)]
        y, (h, c) = lstm(x, tuple(state))
        (y.sin().sum() + h.sum() + c.cos().sum()).backward()
        found.append([y, h, c, x.grad, *(p.grad for p in lstm.parameters())])
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(*found))


def test_a_sample_alone_is_as_in_nn_lstm():
    torch.manual_seed(1)
    theirs, ours = torch.nn.LSTM(5, 7), heddle.LSTM(5, 7)
    ours.load_state_dict(theirs.state_dict())
    x, state = torch.randn(4, 5), (torch.randn(1, 7), torch.randn(1, 7))
    (y, (h, c)), (wanted, (h_wanted, c_wanted)) = ours(x, state), theirs(x, state)
    assert y.shape == wanted.shape and h.shape == h_wanted.shape
    assert torch.allclose(y, wanted, atol=1e-6) and torch.allclose(c, c_wanted, atol=1e-6)


def test_state_dicts_go_both_ways():
    theirs, ours = torch.nn.LSTM(5, 7, 2, bidirectional=True), heddle.LSTM(5, 7, 2, bidirectional=True, nr=0.5)
    ours.load_state_dict(theirs.state_dict())
    back = torch.nn.LSTM(5, 7, 2, bidirectional=True)
    back.load_state_dict(ours.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(back.parameters(), theirs.parameters()))


def test_nothing_is_dropped_in_evaluation():
    lstm = heddle.LSTM(5, 7, nr=0.5, rh=0.5, out=0.5)
    x = torch.randn(4, 3, 5)
    assert not torch.equal(lstm(x)[0], lstm(x)[0])
    lstm.eval()
    assert torch.equal(lstm(x)[0], lstm(x)[0])


@pytest.mark.parametrize("case", CASES)
def test_masks_are_of_their_case(case):
    torch.manual_seed(3)
    lstm = heddle.LSTM(40, 48, 2, nr=0.5, rh=0.25, out=0.5, case=case)
    masks = lstm.draw_masks(6, 5)
    times, samples = (1 if case in ("II", "IV") else 6), (1 if case in ("III", "IV") else 5)
    for mask, units, kept in ((masks.nr[0], 40, 20), (masks.rh[1], 48, 36), (masks.out, 48, 24)):
        assert mask.shape == (times, samples, units)
        assert ((mask != 0).sum(-1) == kept).all()
        assert torch.equal(mask.unique(), torch.tensor([0.0, units / kept]))
        rows = mask.reshape(-1, units)
        assert len({tuple(row.tolist()) for row in rows}) == len(rows)


def test_exact_masks_keep_as_many_as_in_rust():
    # Of the tests of cosim/lstm: (1-p) K rounded half up, at least one.
    from heddle._masks import exact_count

    assert [exact_count(p, k) for p, k in ((0.5, 5), (0.5, 650), (0.65, 1500), (0.99, 10), (0.0, 7))] == [
        3, 325, 525, 1, 7,
    ]  # fmt: skip


def test_bernoulli_masks_keep_their_share():
    torch.manual_seed(4)
    mask = heddle.LSTM(500, 4, nr=0.3, kind="bernoulli").draw_masks(200, 1).nr[0]
    assert abs(float((mask != 0).float().mean()) - 0.7) < 0.01
    assert abs(float(mask.mean()) - 1) < 0.01
    assert torch.allclose(mask.max(), torch.tensor(1 / 0.7))


def test_groups_of_samples_share_a_mask():
    torch.manual_seed(5)
    mask = heddle.LSTM(20, 4, nr=0.5, groups=3).draw_masks(4, 6).nr[0]
    assert mask.shape == (4, 6, 20)
    assert torch.equal(mask[:, 0], mask[:, 1]) and torch.equal(mask[:, 4], mask[:, 5])
    assert not torch.equal(mask[:, 1], mask[:, 2])


def test_sites_share_a_mask():
    lstm = heddle.LSTM(8, 8, 2, nr=0.5, rh=0.5, out=0.5, share_sites=True)
    masks = lstm.draw_masks(3, 2)
    assert torch.equal(masks.nr[0], masks.rh[0]) and torch.equal(masks.rh[1], masks.out)
    assert not torch.equal(masks.rh[0], masks.rh[1])


def test_dropout_is_that_between_layers():
    lstm = heddle.LSTM(8, 8, 2, dropout=0.5)
    masks = lstm.draw_masks(3, 2)
    assert masks.nr[0] is None and masks.nr[1] is not None and masks.rh == [None, None] and masks.out is None


def test_a_generator_makes_masks_repeatable():
    lstm = heddle.LSTM(20, 20, nr=0.5)
    draw = lambda seed: lstm.draw_masks(4, 2, generator=torch.Generator().manual_seed(seed)).nr[0]
    assert torch.equal(draw(1), draw(1)) and not torch.equal(draw(1), draw(2))


@pytest.mark.parametrize(
    "options, words",
    [
        (dict(proj_size=3), "proj_size is 3"),
        (dict(nr=1.0), "nr is 1.0"),
        (dict(rh=-0.1), "rh is -0.1"),
        (dict(case="V"), "case is 'V'"),
        (dict(kind="half"), "kind is 'half'"),
        (dict(groups=2, case="I", nr=0.5), "groups is 2"),
        (dict(num_layers=2, dropout=0.5, nr=0.5), "dropout is 0.5 and nr is 0.5"),
        (dict(hidden_size=0), "hidden_size is 0"),
    ],
)
def test_bad_options_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        heddle.LSTM(5, **{"hidden_size": 7, **options})


@pytest.mark.parametrize(
    "given, error, words",
    [
        (torch.zeros(4, 3, 6), ValueError, r"input has shape \[4, 3, 6\]: give \[time, batch, 5\]"),
        (torch.zeros(4, 3, 5, dtype=torch.float64), TypeError, "input is torch.float64: give torch.float32"),
        (torch.zeros(4, 3, 5, device="meta"), ValueError, "input is on meta: give it on cpu"),
        (np.zeros((4, 3, 5)), TypeError, "input is a ndarray"),
        (torch.nn.utils.rnn.pack_sequence([torch.zeros(4, 5)]), TypeError, "pad_packed_sequence"),
    ],
)
def test_bad_inputs_are_named(given, error, words):
    with pytest.raises(error, match=words):
        heddle.LSTM(5, 7)(given)


def test_bad_states_and_masks_are_named():
    lstm, x = heddle.LSTM(5, 7, nr=0.5, groups=2), torch.zeros(4, 3, 5)
    with pytest.raises(ValueError, match=r"h of hx has shape \[1, 2, 7\]: give \[1, 3, 7\]"):
        lstm(x, (torch.zeros(1, 2, 7), torch.zeros(1, 3, 7)))
    with pytest.raises(ValueError, match="groups is 2, which does not divide the batch of 3"):
        lstm(x)
    with pytest.raises(ValueError, match=r"masks.nr\[0\] has shape \[4, 1, 6\]: give \[4 or 1, 3 or 1, 5\]"):
        lstm(x, masks=heddle.Masks([torch.ones(4, 1, 6)], [None]))
    with pytest.raises(ValueError, match="masks.rh has 0 entries: give 1"):
        lstm(x, masks=heddle.Masks([None]))
