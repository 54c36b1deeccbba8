"""Write the files of ``sample_data`` again, byte for byte: ``python tests/support/make_samples.py``."""

from samples import FOLDER, contents

if __name__ == "__main__":
    for name, content in contents().items():
        (FOLDER / name).write_bytes(content)
