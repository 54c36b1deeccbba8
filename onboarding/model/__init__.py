"""The values, errors and helpers for text and columns that all packages share, and a glossary of their words.

The words, in the order in which a run meets them:

- Export: a file of employee records from an HR system.
- Row: one record of an export, known by its source, its sheet and the row number that a spreadsheet shows.
- Open: of a row, without a disposition yet, so that the row may still be sent.
- Position: the number of a row among all rows that a run reads, counted from 0.
- Address: an email address, normalised.
- Key: the form in which the job compares addresses, or employee ids; letter case, for example, does not change a key.
- Spelling: a form of a key that is the same for all keys that may mean one address; ß and ss become equal.
- Destination: the service that invites people, such as Amazon Chime or AWS Wickr.
- Account: the place at a service to which people are invited, such as a Chime Team account or a Wickr network.
- Scope: a destination, an account and an endpoint together; an invite counts in one scope only.
- Run: one execution of the job, with a run id; another process may resume it later.
- Leg: the work of one process on a run, so that a resumed run has several legs.
- Plan: a run that decides about every row and sends nothing.
- Wave: the invites that a run may send now; its other invites are left for a later wave.
- Share: in a run to many accounts, the rows that go to one account.
- Guard: a check that stops a run before anything is sent, if the run is suspiciously large or unlike the last run.
- Invitee: an address that is to be invited, with the position of its row.
- Chunk: at most 50 invitees, sent in one request.
- Piece: a chunk, or a half, quarter and so on of a chunk that the service refused; each piece is sent in one request.
- Token: a text by which a service recognises a repeated request, so that the service acts on the request only once.
- Claim: the record that a chunk is about to be sent, written before its request leaves.
- In flight: claimed, and the service has not answered yet.
- Taken: of a request, received by the service and not throttled; the service may still refuse it.
- Receipt: the service's answer about one address.
- Lost: of an answer, not arrived or not readable, so that the service may have acted or not. Of an address, invited in
  doubt, and then released because the service did not list the person.
- Outcome: how the sending of one address ended, such as invited, failed, released or in doubt.
- In doubt: sent, and the outcome could not be confirmed, so the service is asked before anything is sent again.
- Released: definitely not sent, so the address may be claimed again.
- Renewed: of an invite, followed by a further invite in a later run, because the person never accepted.
- Disposition: what happened to a row; the report contains exactly one for each row.
- Reason: why a row has its disposition.
- Hold: of a row, to leave the row unsent, because a person must look at the row first. Of a destination, to keep all
  other runs from using it.
- Ledger: the durable record of runs, claims and outcomes.
- Purge: the removal of names and addresses from old runs; only keyed hashes stay.
- Sandbox: the embedded local server that stands in for the services of all destinations.
- Rehearsal: a run against the sandbox, which mails nobody.
"""
