"""Standard deviations of many parameters: the drawn ones against the exact ones."""

import numpy as np
import pytest
from scipy.sparse import csr_array, eye_array

from annotation.agreement import curvature
from annotation.agreement.curvature import Curvature


def problem(votes=400, parameters=30):
    random = np.random.default_rng(0)
    rows, columns = np.arange(votes), random.integers(0, parameters, (2, votes))
    jacobian = csr_array((np.ones(votes), (rows, columns[0])), shape=(votes, parameters))
    jacobian = jacobian - csr_array((np.ones(votes), (rows, columns[1])), shape=(votes, parameters))
    return Curvature(csr_array(jacobian), random.uniform(0.1, 1, votes), np.full(parameters, 0.5))


def test_exact_deviations_are_those_of_the_inverse():
    found = problem()
    dense = found.jacobian.toarray()
    inverse = np.linalg.inv(dense.T @ (found.information[:, None] * dense) + np.diag(found.precision))
    contrasts = csr_array(np.array([[1.0, -1] + [0] * 28, [0, 0, 1] + [0] * 27]))
    expected = np.sqrt(np.einsum("ij,jk,ik->i", contrasts.toarray(), inverse, contrasts.toarray()))
    assert found.deviations(contrasts, 0) == pytest.approx(expected, rel=1e-10)


def test_drawn_deviations_are_the_exact_ones_within_what_the_draws_allow(monkeypatch):
    found, every = problem(), csr_array(eye_array(30))
    exact = found.deviations(every, 0)
    monkeypatch.setattr(curvature, "MOST_EXACT", 0)
    drawn = found.deviations(every, 0, draws=3200)
    assert drawn == pytest.approx(exact, rel=5 / np.sqrt(2 * 3200))
    assert found.deviations(every, 1) == pytest.approx(found.deviations(every, 1), abs=0)
