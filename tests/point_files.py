"""Points in the plane and in space, and files of them, for tests of reading."""

import numpy as np

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(60, 3))
RADIUS = (X**2).sum(1)
MANY = DRAW.normal(size=(400, 3))
RADII = (MANY**2).sum(1)
XYZ = dict(zip("xyz", X.T, strict=True))


def write_points():
    """Points with and without a target into the current folder: balls, pairs, a cloud, noise, and a table."""
    draw = np.random.default_rng(1)
    np.savez("balls.npz", X=MANY, y=RADII)
    np.savez("pairs.npz", p=np.stack([MANY, MANY[::-1] ** 3], 1), y=RADII)
    np.save("cloud.npy", draw.normal(size=(4000, 2)))
    np.savez("noise.npz", X=MANY, y=draw.normal(size=len(MANY)))
    np.savetxt("table.csv", np.c_[MANY, RADII], delimiter=",", header="x,y,z,target", comments="")


def csv(columns, header=True, delimiter=","):
    """Text of a table from its columns by name."""
    rows = [delimiter.join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    return "\n".join(([delimiter.join(columns)] if header else []) + rows) + "\n"


def writer(folder):
    """`write("a.npz", X=..., y=...)`, `write("a.npy", array)` or `write("a.csv", text)` -> the path of a new file."""

    def write(name, content=None, **arrays):
        path = folder / name
        if name.endswith(".npz"):
            np.savez(path, **arrays)
        elif name.endswith(".npy"):
            np.save(path, content)
        elif name.endswith(".mat"):
            from scipy.io import savemat

            savemat(path, arrays)
        else:
            path.write_text(content)
        return path

    return write
