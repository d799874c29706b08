"""One module a scheme, behind one small Protocol."""
