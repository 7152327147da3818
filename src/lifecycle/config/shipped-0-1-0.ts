// config/hms.yaml as 0.1.0 made it, the one release that kept no record of it: what a home without a record most likely
// started from. Never changed again.

export const SHIPPED_0_1_0 = `# Configuration of Hurricane MTA Server. Every setting is listed with its default; remove the # to change one.
# Each is also an environment variable, which wins: smtp.listen is HMS_SMTP_LISTEN.
# 'hms config check' checks this file, 'hms config describe SETTING' tells what a setting takes.

# Name of this server in its greeting, EHLO and Received. Empty: the name that the system gives. (a text)
#host.name: ""

# Least level of the operational log. (one of debug, info, warn, error)
#log.level: info

# Worker processes. 0: one fewer than the cores, at least one. (a whole number from 0 to 64)
#workers: 0

# How long a stop waits for deliveries in flight. (a time with its unit such as 30s, 5m or 4h, from 0 to 1h)
#stop.grace: 1m

# File of the key that seals secrets in master.db. Empty: config/hms.key in the home. (a text)
#secrets.key_file: ""

# Addresses for SMTP with STARTTLS. (addresses such as 127.0.0.1:2525 or "[::1]:2525")
#smtp.listen: [127.0.0.1:2525]

# Addresses for SMTP with TLS from the first octet. (addresses such as 127.0.0.1:2525 or "[::1]:2525")
#smtps.listen: []

# Let passwords be sent without TLS on smtp.listen. For loopback and closed networks only. (true or false)
#smtp.plain_auth: false
# Peers that speak the PROXY protocol (version 1 or 2) before SMTP. They must send it; others must not.
# (networks by their first address, such as 192.0.2.0/24 or 2001:db8::/48)
#smtp.proxy_from: []
# Peers that may use XCLIENT. (networks by their first address, such as 192.0.2.0/24 or 2001:db8::/48)
#smtp.xclient_from: []
# Certificate chain in PEM. Empty: a self-signed one is made in config/tls. Picked up when it changes. (a text)
#smtp.tls_cert: ""
# Private key in PEM for smtp.tls_cert. (a text)
#smtp.tls_key: ""
# Oldest TLS version that is accepted. (one of TLSv1.2, TLSv1.3)
#smtp.tls_min: TLSv1.2
# A bare CR or LF in a message: refuse it and close, or repair it to CRLF. (one of refuse, repair)
#smtp.bare_newline: refuse
# Largest message that is accepted, announced in SIZE. (a size such as 25MiB, from 64KiB to 1GiB)
#smtp.message_size: 50MiB
# Largest header of a message. (a size such as 25MiB, from 8KiB to 4MiB)
#smtp.header_size: 256KiB
# Recipients per message (rfc:5321#4.5.3.1.8 asks for at least 100). (a whole number from 100 to 1000000)
#smtp.recipients: 1000
# Octets of a command line. (a whole number from 512 to 65536)
#smtp.command_length: 2048
# Commands per session, then 421. (a whole number from 100 to 100000000)
#smtp.commands: 100000
# Errors (5xx and unknown commands) per session, then 421. (a whole number from 1 to 10000)
#smtp.errors: 20
# Sessions open at once, in all. (a whole number from 1 to 100000)
#smtp.sessions: 2000
# Sessions open at once from one address (IPv6: one /64). (a whole number from 1 to 100000)
#smtp.sessions_per_address: 200
# New connections in a minute from one address (IPv6: one /64). (a whole number from 1 to 1000000)
#smtp.connections_per_minute: 600000
# Messages in a minute from one address that did not log in. (a whole number from 1 to 100000000)
#smtp.messages_per_minute: 1000000
# Longest wait for a command. (a time with its unit such as 30s, 5m or 4h, from 1s to 1h)
#smtp.timeout_command: 5m
# Longest wait for the next octets of a message. (a time with its unit such as 30s, 5m or 4h, from 1s to 1h)
#smtp.timeout_data: 3m
# Longest life of a session. (a time with its unit such as 30s, 5m or 4h, from 1m to 7d)
#smtp.timeout_session: 1d
# Longest life of a session that neither logged in nor named a recipient that was accepted. (a time with its
# unit such as 30s, 5m or 4h, from 1s to 7d)
#smtp.timeout_stranger: 10m
# Received fields in a message before it is refused as a loop. (a whole number from 10 to 100)
#smtp.hops: 50

# Failed logins of one address (IPv6: one /64) or for one user from it, within auth.window, before it is refused
# for auth.block. (a whole number from 1 to 10000)
#auth.failures: 10
# Time in which failed logins are counted. (a time with its unit such as 30s, 5m or 4h, from 1s to 1d)
#auth.window: 10m
# How long logins are refused after too many failures. (a time with its unit such as 30s, 5m or 4h, from 1s to
# 1d)
#auth.block: 15m
# Networks of customers: failures from there are counted and slowed but never refused. (networks by their first
# address, such as 192.0.2.0/24 or 2001:db8::/48)
#auth.trusted: []

# Addresses for HTTP injection, which is not built yet: nothing listens there. (addresses such as 127.0.0.1:2525
# or "[::1]:2525")
#inject.listen: [127.0.0.1:8025]

# Addresses for the Control Panel, /healthz, /readyz and /metrics. (addresses such as 127.0.0.1:2525 or
# "[::1]:2525")
#panel.listen: [127.0.0.1:8080]

# Address of the mailbox simulator (simulator.hms.test). Empty: off. (addresses such as 127.0.0.1:2525 or
# "[::1]:2525")
#simulator.listen: [127.0.0.1:2526]

# Accepting stops below this much free disk space, or spool.low_water_percent, whichever is more. (a size such
# as 25MiB, from 0 to 1TiB)
#spool.low_water: 2GiB
# Accepting stops below this share of free disk space, in percent. (a whole number from 0 to 50)
#spool.low_water_percent: 5
# Disk space per shard kept back for outcomes of deliveries. (a size such as 25MiB, from 1MiB to 16GiB)
#spool.reserve: 64MiB
# Memory of a worker for messages on their way, beyond which they wait on disk only. (a size such as 25MiB, from
# 8MiB to 64GiB)
#spool.memory: 128MiB

# Name servers as address or address:port. Empty: those of /etc/resolv.conf. (addresses such as 192.0.2.53,
# 192.0.2.53:5353 or "[2001:db8::53]:53")
#dns.servers: []
# Wait for one answer of a name server, before the next is asked. (a time with its unit such as 30s, 5m or 4h,
# from 100ms to 1m)
#dns.timeout: 5s

# Port of receiving servers, unless a route says otherwise. (a whole number from 1 to 65535)
#delivery.port: 25
# Local address for deliveries. Empty: chosen by the system. (a text)
#delivery.source_address: ""
# Deliver to hosts in loopback, private and link-local networks found by MX. (true or false)
#delivery.allow_private: false
# Outbound connections at once, of all workers together. (a whole number from 1 to 100000)
#delivery.connections: 5000
# Outbound connections at once to one site, of all workers together. (a whole number from 1 to 10000)
#delivery.connections_per_site: 20
# Messages on one connection before it is closed. (a whole number from 1 to 1000000)
#delivery.messages_per_connection: 1000
# Recipients in one transaction. (a whole number from 1 to 10000)
#delivery.recipients_per_message: 100
# TLS to hosts found by MX. (one of none, may, encrypt, verify)
#delivery.tls: may
# Wait for a connection. (a time with its unit such as 30s, 5m or 4h, from 1s to 10m)
#delivery.timeout_connect: 30s
# Wait for the greeting (rfc:5321#4.5.3.2.1). (a time with its unit such as 30s, 5m or 4h, from 1s to 1h)
#delivery.timeout_greeting: 5m
# Wait for the reply to a command (rfc:5321#4.5.3.2.2). (a time with its unit such as 30s, 5m or 4h, from 1s to
# 1h)
#delivery.timeout_command: 5m
# Wait until the peer takes a block of the message (rfc:5321#4.5.3.2.5). (a time with its unit such as 30s, 5m
# or 4h, from 1s to 1h)
#delivery.timeout_data: 3m
# Wait for the reply to the final dot (rfc:5321#4.5.3.2.6). (a time with its unit such as 30s, 5m or 4h, from 1s
# to 1h)
#delivery.timeout_final: 10m
# How long a connection without work is kept. (a time with its unit such as 30s, 5m or 4h, from 0 to 10m)
#delivery.timeout_idle: 15s
# Wait after the first deferral; doubled after each, with jitter of a tenth. (a time with its unit such as 30s,
# 5m or 4h, from 1s to 1d)
#delivery.retry_first: 10m
# Longest wait between two attempts. (a time with its unit such as 30s, 5m or 4h, from 1s to 7d)
#delivery.retry_longest: 4h
# Age at which a message that could not be delivered fails. (a time with its unit such as 30s, 5m or 4h, from 1m
# to 30d)
#delivery.expiry: 4d

# Bounce messages to one sender within an hour; more are events only. (a whole number from 0 to 1000000)
#bounce.per_sender_hour: 100

# Days that log files are kept. (a whole number from 1 to 3650)
#logs.days: 30
# Bytes of log files in all, oldest days go first. (a size such as 25MiB, from 1MiB to 10TiB)
#logs.bytes: 10GiB

# Days that events are kept. (a whole number from 1 to 3650)
#events.days: 30
# Bytes of events in all, oldest days go first. (a size such as 25MiB, from 1MiB to 10TiB)
#events.bytes: 20GiB
`
