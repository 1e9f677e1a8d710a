"""Engines in a process of their own: what crashes there, or fills the memory, takes neither server nor job along."""
