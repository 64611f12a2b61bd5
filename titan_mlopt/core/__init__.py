"""The words that every room shares: settings, parameters, records, errors."""
