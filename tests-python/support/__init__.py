"""What the end-to-end tests share: the contract, appliances, identities, the auditor's arithmetic."""
