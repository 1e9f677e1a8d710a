"""Training on anybody's own pictures: what was learnt becomes an adapter of the model that it began with.

Jobs(folder).create(wish, ...) -> Job    pictures and captions looked over, written down; nothing is trained yet
run(job, ...)                            from wherever it stands to its end, or to where somebody stops it
"""
