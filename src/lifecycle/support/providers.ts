// Domains that say nothing of the owner or of a person, because everybody sends there: kept as they are in a support bundle, so that
// trouble with a provider can be seen. Below them only the fact is kept: customer-example.mail.protection.outlook.com names a customer.

export const PROVIDERS: ReadonlySet<string> = new Set(
  (
    'gmail.com googlemail.com google.com outlook.com hotmail.com live.com msn.com office365.com yahoo.com ymail.com aol.com yahoodns.net ' +
    'icloud.com me.com mac.com apple.com gmx.net gmx.de gmx.com gmx.at web.de t-online.de freenet.de mail.ru yandex.ru yandex.com qq.com ' +
    '163.com 126.com proton.me protonmail.com comcast.net verizon.net att.net cox.net charter.net orange.fr wanadoo.fr free.fr laposte.net ' +
    'sfr.fr libero.it tiscali.it virgilio.it seznam.cz wp.pl o2.pl onet.pl interia.pl bluewin.ch telenet.be ziggo.nl kpnmail.nl xs4all.nl ' +
    'btinternet.com zoho.com fastmail.com mail.com mimecast.com pphosted.com messagelabs.com iphmx.com barracudanetworks.com amazonses.com ' +
    'sendgrid.net mailgun.org spamhaus.org spamcop.net barracudacentral.org sorbs.net abusix.com cloudmark.com simulator.hms.test'
  ).split(' '),
)

/** The provider that a host or domain belongs to; undefined where it is nobody's everybody knows. */
export function providerOf(domain: string): string | undefined {
  const labels = domain.split('.')
  for (let i = 0; i < labels.length - 1; i++) {
    const candidate = labels.slice(i).join('.')
    if (PROVIDERS.has(candidate)) return candidate
  }
  return undefined
}
