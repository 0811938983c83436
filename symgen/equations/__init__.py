"""Systems of differential equations in any number of variables, and their algebra."""
