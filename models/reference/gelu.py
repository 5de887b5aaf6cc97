"""Finds the polynomial by which the fused encoder computes the normal distribution function.

    VENV/bin/python models/reference/gelu.py

Within |x| <= 5 the function is 0.5 plus x times a polynomial of t = 2 x^2 / 25 - 1. The fit weighs
the error of GELU, x times the function, and evens out its peaks; printed are the coefficients from
the highest power, and the greatest error when everything is computed in f32.
"""

from math import erf

import numpy
from numpy.polynomial import chebyshev

EDGE = 5.0
DEGREE = 12


def distribution(x):
    return numpy.array([0.5 * (1 + erf(value / 2**0.5)) for value in x])


def fit():
    t = numpy.cos(numpy.pi * (numpy.arange(400) + 0.5) / 400)
    square = (t + 1) / 2 * EDGE**2
    x = numpy.sqrt(square)
    wanted = (distribution(x) - 0.5) / x
    powers = chebyshev.chebvander(t, DEGREE)
    weight = numpy.maximum(square, 0.3)
    for _ in range(30):
        found = numpy.linalg.lstsq(powers * weight[:, None], wanted * weight, rcond=None)[0]
        error = numpy.abs(powers @ found - wanted) * numpy.maximum(square, 0.02)
        weight = weight * (error / error.max() + 0.02) ** 0.15
    return chebyshev.cheb2poly(found).astype(numpy.float32)


def gelu(x, terms):
    t = (x * x * numpy.float32(2 / EDGE**2) - numpy.float32(1)).astype(numpy.float32)
    value = numpy.full_like(t, terms[-1])
    for term in terms[-2::-1]:
        value = (value.astype(numpy.float64) * t + term).astype(numpy.float32)
    return (value.astype(numpy.float64) * x + 0.5).astype(numpy.float32) * x


def main():
    terms = fit()
    for term in terms[::-1]:
        print(f"{term:.9g}")
    x = numpy.linspace(-EDGE, EDGE, 200_001).astype(numpy.float32)
    print("error", numpy.abs(gelu(x, terms) - x.astype(numpy.float64) * distribution(x)).max())


if __name__ == "__main__":
    main()
