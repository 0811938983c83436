"""`python -m symgen`."""

from symgen.cli import main

if __name__ == "__main__":
    main()
