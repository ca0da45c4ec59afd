"""How sure many parameters are at once, from the curvature of a log posterior at its mode (Laplace).

The curvature is H = Jᵀ W J + Λ: J the derivative of each vote's linear predictor, W the Fisher information that a
vote holds about it, Λ the precision of the priors. A few thousand parameters are inverted exactly. More are drawn: the
solution x of H x = Jᵀ W^½ ε + Λ^½ η with standard normal ε and η has the covariance H⁻¹; conjugate gradients find it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array

from annotation.agreement.votes import Floats

MOST_EXACT = 1500
DRAWS = 96  # a standard deviation from so many is right within 7 %
BLOCK = 32
TOLERANCE = 1e-3
STEPS = 300


@dataclass(frozen=True)
class Curvature:
    """The pieces of H."""

    jacobian: csr_array  # (votes, parameters)
    information: Floats  # (votes,)
    precision: Floats  # (parameters,)

    def deviations(self, contrasts: csr_array, seed: int, draws: int = DRAWS) -> Floats:
        """The standard deviations of linear combinations of the parameters, (contrasts, parameters) → (contrasts,)."""
        size = len(self.precision)
        if size <= MOST_EXACT:
            scaled = self.jacobian.multiply(np.sqrt(self.information)[:, None]).tocsr()
            whole = (scaled.T @ scaled).toarray() + np.diag(self.precision)
            inverse = cho_solve(cho_factor(whole), np.eye(size))
            blocks = [contrasts[start : start + MOST_EXACT] for start in range(0, contrasts.shape[0], MOST_EXACT)]
            squares = [np.asarray(block.multiply(block @ inverse).sum(axis=1)).ravel() for block in blocks]
            return np.sqrt(np.concatenate(squares)) if squares else np.zeros(0)
        random = np.random.default_rng(seed)
        total = np.zeros(contrasts.shape[0])
        for start in range(0, draws, BLOCK):
            total += ((contrasts @ self._draw(min(BLOCK, draws - start), random)) ** 2).sum(axis=1)
        return np.sqrt(total / draws)

    def _draw(self, draws: int, random: np.random.Generator) -> Floats:
        """Draws with covariance H⁻¹, (parameters, draws)."""
        noise = np.sqrt(self.information)[:, None] * random.standard_normal((len(self.information), draws))
        own = np.sqrt(self.precision)[:, None] * random.standard_normal((len(self.precision), draws))
        return self._solve(self.jacobian.T @ noise + own)

    def _solve(self, right: Floats) -> Floats:
        """H⁻¹ times each column, by conjugate gradients preconditioned with the diagonal."""
        transposed = self.jacobian.T.tocsr()
        squares = self.jacobian.multiply(self.jacobian).T @ self.information
        scale = 1 / (squares + self.precision)[:, None]
        solution, rest = np.zeros_like(right), right.copy()
        step = scale * rest
        length = (rest * step).sum(axis=0)
        least = TOLERANCE**2 * length
        for _ in range(STEPS):
            turned = transposed @ (self.information[:, None] * (self.jacobian @ step)) + self.precision[:, None] * step
            share = length / np.maximum((step * turned).sum(axis=0), 1e-300)
            solution += share * step
            rest -= share * turned
            scaled = scale * rest
            shorter = (rest * scaled).sum(axis=0)
            if (shorter <= least).all():
                break
            step = scaled + shorter / np.maximum(length, 1e-300) * step
            length = shorter
        return solution
