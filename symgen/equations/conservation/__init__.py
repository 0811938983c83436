"""Conservation laws of differential equations, by algebra."""
