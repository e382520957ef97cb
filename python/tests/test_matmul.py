"""heddle.matmul against sums written out step by step."""

import numpy as np
import pytest
import torch

import heddle
from heddle._matmul import _array

M, K, N = 5, 9, 7


def by_hand(a, b, c0, keep_m, keep_k, keep_n):
    """bf16 operands as float64: one rounding to f32 a step. The product of two bf16 numbers is exact in f64, and
    an f64 sum of two f32 numbers rounds to f32 as the exact sum does."""
    c = c0.astype(np.float32)
    for k in np.flatnonzero(keep_k):
        step = (c.astype(np.float64) + np.outer(a[:, k], b[k])).astype(np.float32)
        c = np.where(np.outer(keep_m, keep_n), step, c)
    return c


def operands(seed=1):
    torch.manual_seed(seed)
    a, b = torch.randn(M, K).bfloat16(), torch.randn(K, N).bfloat16()
    keeps = [torch.rand(size) < 0.6 for size in (M, K, N)]
    return a, b, torch.randn(M, N), keeps


def test_bf16_is_one_fused_step_for_each_kept_k():
    a, b, c0, keeps = operands()
    wanted = by_hand(a.double().numpy(), b.double().numpy(), c0.numpy(), *(keep.numpy() for keep in keeps))
    found = heddle.matmul(a, b, c0, *keeps)
    assert isinstance(found, torch.Tensor) and found.dtype == torch.float32
    assert np.array_equal(found.numpy().view(np.uint32), wanted.view(np.uint32))
    # The control: with one k more the bits are others.
    keeps[1][~keeps[1]] = True
    assert not torch.equal(heddle.matmul(a, b, c0, *keeps), found)


def test_nothing_of_dropped_places_is_used():
    a, b, c0, (keep_m, keep_k, keep_n) = operands()
    wanted = heddle.matmul(a, b, c0, keep_m, keep_k, keep_n)
    a[~keep_m], b[:, ~keep_n], a[:, ~keep_k] = float("nan"), float("nan"), float("inf")
    found = heddle.matmul(a, b, c0, keep_m, keep_k, keep_n)
    assert torch.equal(found, wanted) and torch.equal(found[~keep_m], c0[~keep_m])


@pytest.mark.parametrize("format, acc, few", [("int8", "int32", 16), ("int16", "int64", 32)])
def test_integers_are_exact_and_wrap_or_saturate(format, acc, few):
    rng = np.random.default_rng(2)
    limits = np.iinfo(format)
    # The ends of the range, so that sums overflow soon.
    a, b = (rng.choice(np.array([limits.min, limits.max], format), s) for s in ((M, K), (K, N)))
    exact = a.astype(object) @ b.astype(object)
    assert np.array_equal(heddle.matmul(a, b, format=format), exact.astype(acc))
    half = 1 << (few - 1)
    wrapped = ((exact + half) % (2 * half) - half).astype(acc)
    assert np.array_equal(heddle.matmul(a, b, format=format, acc_bits=few), wrapped)
    clamped = np.zeros((M, N), dtype=object)
    for k in range(K):
        clamped = np.clip(clamped + np.outer(a[:, k].astype(object), b[k].astype(object)), -half, half - 1)
    assert np.array_equal(
        heddle.matmul(a, b, format=format, acc_bits=few, overflow="saturate"), clamped.astype(acc)
    )
    assert not np.array_equal(clamped, wrapped)


def test_every_layout_gives_the_same_bits():
    a, b, c0, keeps = operands()
    wanted = heddle.matmul(a, b, c0, *keeps)
    columns = a.t().contiguous().t()
    apart = torch.zeros(2 * M, 3 * K).bfloat16()[::2, ::3]
    apart.copy_(a)
    for same in (columns, apart):
        assert torch.equal(heddle.matmul(same, b, c0, *keeps), wanted)
    bits = a.view(torch.int16).numpy().view(np.uint16)
    backwards = np.ascontiguousarray(bits[::-1])[::-1]
    assert backwards.strides[0] < 0
    numpy = heddle.matmul(backwards, b.view(torch.int16).numpy().view(np.uint16), c0.numpy(), *keeps)
    assert isinstance(numpy, np.ndarray) and np.array_equal(numpy, wanted.numpy())
    assert np.array_equal(heddle.matmul(bits.astype(">u2"), b, c0, *keeps), wanted.numpy())


def test_operands_are_read_where_they_lie():
    a = torch.randn(M, K).bfloat16()
    for tensor in (a, a.t(), torch.zeros(M, K, dtype=torch.int8)):
        dtype = str(tensor.dtype).replace("torch.", "")
        assert _array(tensor, "a", dtype).ctypes.data == tensor.data_ptr()


class Foreign:
    """A tensor of another library: all it has is DLPack."""

    def __init__(self, tensor):
        self.tensor = tensor
        self.dtype = tensor.dtype

    def __dlpack__(self, *args, **options):
        return self.tensor.__dlpack__(*args, **options)

    def __dlpack_device__(self):
        return self.tensor.__dlpack_device__()


def test_dlpack_is_read_without_a_copy():
    tensor = torch.randint(-5, 5, (M, K), dtype=torch.int8)
    assert _array(Foreign(tensor), "a", "int8").ctypes.data == tensor.data_ptr()
    b = torch.ones(K, N, dtype=torch.int8)
    wanted = tensor.long().sum(1, keepdim=True).expand(M, N).numpy()
    assert np.array_equal(heddle.matmul(Foreign(tensor), b, format="int8"), wanted)
    with pytest.raises(TypeError, match="a cannot be read by DLPack"):
        heddle.matmul(Foreign(tensor.bfloat16()), b)


def test_gradients_are_golden_products_of_the_rounded_gradient():
    a, b, c0, (keep_m, keep_k, keep_n) = operands()
    a.requires_grad_(), b.requires_grad_(), c0.requires_grad_()
    gradient = torch.randn(M, N)
    heddle.matmul(a, b, c0, keep_m, keep_k, keep_n).backward(gradient)
    edge = gradient.bfloat16()
    da = heddle.matmul(edge, b.detach().t(), None, keep_m, keep_n, keep_k).bfloat16()
    assert torch.equal(a.grad, da) and torch.equal(c0.grad, gradient)
    # Against autograd in f32: as near as bf16 is.
    x, w = (t.detach().float().requires_grad_() for t in (a, b))
    ((x * keep_m[:, None] * keep_k) @ (w * keep_n)).backward(gradient)
    for ours, theirs in ((a.grad, x.grad), (b.grad, w.grad)):
        assert float((ours.float() - theirs).norm() / theirs.norm()) < 0.01
        assert torch.equal(ours == 0, theirs == 0)


def test_the_function_itself_refuses_other_dtypes():
    with pytest.raises(TypeError, match="a is torch.float32: a product with a gradient is of bfloat16"):
        heddle.Matmul.apply(torch.ones(2, 2, requires_grad=True), torch.ones(2, 2))


BF16 = torch.zeros(M, K).bfloat16()


@pytest.mark.parametrize(
    "change, error, words",
    [
        (dict(a=torch.zeros(M, K)), TypeError, "a is float32: give bfloat16"),
        (dict(b=torch.zeros(K, N, dtype=torch.int8)), TypeError, "b is int8: give bfloat16"),
        (dict(c0=torch.zeros(M, N).double()), TypeError, "c0 is float64: give float32"),
        (dict(format="int8"), TypeError, "a is bfloat16: give int8"),
        (dict(format="fp32"), ValueError, "format is 'fp32'"),
        (dict(a=BF16[0]), ValueError, r"a has shape \[9\]: give a matrix"),
        (dict(b=BF16), ValueError, r"a is \[5, 9\] and b is \[5, 9\]: b needs 9 rows"),
        (dict(c0=torch.zeros(M, K)), ValueError, r"c0 is \[5, 9\]: a and b make \[5, 7\]"),
        (dict(keep_k=torch.ones(M, dtype=torch.bool)), ValueError, r"keep_k has shape \[5\]: give \[9\]"),
        (dict(keep_n=torch.ones(N)), TypeError, "keep_n is float32: give bool"),
        (dict(keep_n=torch.full((N,), 2, dtype=torch.uint8)), ValueError, "keep_n holds 2"),
        (dict(a=BF16.to("meta")), ValueError, "a is on meta: give a.cpu()"),
        (dict(a=BF16.to_sparse()), ValueError, "a has layout torch.sparse_coo"),
        (dict(a=[[1.0]]), TypeError, "a is a list: give a torch tensor"),
        (dict(acc_bits=32), ValueError, "acc_bits and overflow are given for bf16"),
    ],
)
def test_what_is_wrong_is_named(change, error, words):
    given = dict(a=BF16, b=torch.zeros(K, N).bfloat16())
    with pytest.raises(error, match=words):
        heddle.matmul(**{**given, **change})


def test_a_bad_accumulator_is_named():
    a = np.zeros((2, 2), np.int8)
    with pytest.raises(ValueError, match="64"):
        heddle.matmul(a, a, format="int8", acc_bits=64)
    with pytest.raises(ValueError, match="clip"):
        heddle.matmul(a, a, format="int8", overflow="clip")
