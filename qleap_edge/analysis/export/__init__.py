"""How does a session leave this tool? A FHIR R4 Bundle for a clinical system, and a table for a spreadsheet."""
