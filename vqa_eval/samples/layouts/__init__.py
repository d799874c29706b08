"""Layouts: published folders of several files, each read as one stream of rows; `format: mimic-cxr` is `mimic_cxr`.

A module here offers `FILES`, the names or globs that must lie in the folder, and `rows(folder)`, which joins them;
`ALSO`, where there is more, names for people what else it reads in the folder.
What the cells of a row mean (question, options, facets) stays in the task file.
"""
