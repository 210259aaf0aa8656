"""Asking a model: the form of answers, pace, breaker, prices, and what was answered before."""
