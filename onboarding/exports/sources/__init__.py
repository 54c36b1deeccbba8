"""Find exports on disks and in S3, and read their bytes, compressed or not."""
