"""What a medical vision-language model can see, where in medicine, and how sure one may be of it."""

__version__ = "0.1.0"
