## Billing administration

