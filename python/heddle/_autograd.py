"""The golden product with its gradients."""

from __future__ import annotations

from typing import Any, Optional

import torch

from ._matmul import golden


class Matmul(torch.autograd.Function):
    """`heddle.matmul` of bf16 as an `autograd.Function`.

    `Matmul.apply(a, b, c0, keep_m, keep_k, keep_n)` with `a` [M, K], `b` [K, N] of bfloat16 and the rest as in
    `heddle.matmul`. The gradient [M, N] is rounded to bf16, as it is at an array's edge; those of `a`
    and `b` are golden products of it, with the same masks on the same dimensions, rounded to bf16 at their
    end. That of `c0` is the gradient itself.
    """

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any,
        a: torch.Tensor,
        b: torch.Tensor,
        c0: Optional[torch.Tensor] = None,
        keep_m: Any = None,
        keep_k: Any = None,
        keep_n: Any = None,
    ) -> torch.Tensor:
        for name, given in (("a", a), ("b", b)):
            if not isinstance(given, torch.Tensor) or given.dtype != torch.bfloat16:
                is_ = getattr(given, "dtype", type(given).__name__)
                raise TypeError(f"{name} is {is_}: a product with a gradient is of bfloat16 tensors")
        ctx.save_for_backward(a, b)
        ctx.masks = (keep_m, keep_k, keep_n)
        return golden(a, b, c0, keep_m, keep_k, keep_n, "bf16")

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[Optional[torch.Tensor], ...]:  # type: ignore[override]
        a, b = ctx.saved_tensors
        keep_m, keep_k, keep_n = ctx.masks
        edge = grad.to(torch.bfloat16)
        da = db = dc0 = None
        if ctx.needs_input_grad[0]:
            da = golden(edge, b.t(), None, keep_m, keep_n, keep_k, "bf16").to(a.dtype)
        if ctx.needs_input_grad[1]:
            db = golden(a.t(), edge, None, keep_k, keep_m, keep_n, "bf16").to(b.dtype)
        if ctx.needs_input_grad[2]:
            dc0 = grad
        return da, db, dc0, None, None, None
