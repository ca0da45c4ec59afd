"""What a run will take before it is begun: measured with its policy, and told wherever a form stands."""
