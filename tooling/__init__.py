"""What build.py is made of: set-up, bundling, the manifest and the server.

Standard library only, because it runs before anything is installed.
"""
