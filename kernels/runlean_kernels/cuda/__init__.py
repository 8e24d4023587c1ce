"""The image kernels once more, for NVIDIA GPUs; compiled when they are first called, on a machine that has one."""
