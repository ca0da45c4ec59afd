"""The pages of reward models: views by what people do there."""
