"""Speed and bounds, measured as ratios against peers in the same run."""
