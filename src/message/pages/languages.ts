// What the unsubscribe page says, language by language.
import type { Language, PageWords } from '../../contract/tracking.ts'
import { LANGUAGES } from '../../contract/tracking.ts'

export const WORDS: Readonly<Record<Language, PageWords>> = {
  en: {
    link: 'Unsubscribe',
    heading: 'Unsubscribe',
    question: 'Should {address} get no more of these messages?',
    button: 'Unsubscribe',
    doneHeading: 'You are unsubscribed',
    done: '{address} gets no more of these messages. One that is on its way already may still arrive.',
    brokenHeading: 'This link does not work',
    broken: 'It may have been cut off. Please open it from the message itself.',
  },
  de: {
    link: 'Abmelden',
    heading: 'Abmelden',
    question: 'Soll {address} keine dieser Nachrichten mehr bekommen?',
    button: 'Abmelden',
    doneHeading: 'Sie sind abgemeldet',
    done: '{address} bekommt keine dieser Nachrichten mehr. Eine, die schon unterwegs ist, kann noch ankommen.',
    brokenHeading: 'Dieser Link funktioniert nicht',
    broken: 'Vielleicht wurde er abgeschnitten. Bitte öffnen Sie ihn aus der Nachricht selbst.',
  },
  fr: {
    link: 'Se désabonner',
    heading: 'Se désabonner',
    question: 'Voulez-vous que {address} ne reçoive plus ces messages ?',
    button: 'Se désabonner',
    doneHeading: 'Vous êtes désabonné',
    done: '{address} ne recevra plus ces messages. Un message déjà envoyé peut encore arriver.',
    brokenHeading: 'Ce lien ne fonctionne pas',
    broken: 'Il a peut-être été coupé. Veuillez l’ouvrir depuis le message.',
  },
  es: {
    link: 'Darse de baja',
    heading: 'Darse de baja',
    question: '¿Desea que {address} no reciba más estos mensajes?',
    button: 'Darse de baja',
    doneHeading: 'Se ha dado de baja',
    done: '{address} no recibirá más estos mensajes. Es posible que todavía llegue uno ya enviado.',
    brokenHeading: 'Este enlace no funciona',
    broken: 'Puede que esté cortado. Ábralo desde el propio mensaje.',
  },
  it: {
    link: 'Annulla l’iscrizione',
    heading: 'Annulla l’iscrizione',
    question: 'Vuoi che {address} non riceva più questi messaggi?',
    button: 'Annulla l’iscrizione',
    doneHeading: 'Iscrizione annullata',
    done: '{address} non riceverà più questi messaggi. Un messaggio già inviato può ancora arrivare.',
    brokenHeading: 'Questo link non funziona',
    broken: 'Forse è stato troncato. Aprilo dal messaggio stesso.',
  },
  pt: {
    link: 'Cancelar a subscrição',
    heading: 'Cancelar a subscrição',
    question: 'Quer que {address} deixe de receber estas mensagens?',
    button: 'Cancelar a subscrição',
    doneHeading: 'Subscrição cancelada',
    done: '{address} deixa de receber estas mensagens. Uma que já foi enviada ainda pode chegar.',
    brokenHeading: 'Esta ligação não funciona',
    broken: 'Pode ter sido cortada. Abra-a a partir da própria mensagem.',
  },
  nl: {
    link: 'Afmelden',
    heading: 'Afmelden',
    question: 'Moet {address} deze berichten niet meer krijgen?',
    button: 'Afmelden',
    doneHeading: 'U bent afgemeld',
    done: '{address} krijgt deze berichten niet meer. Een bericht dat al onderweg is, kan nog aankomen.',
    brokenHeading: 'Deze link werkt niet',
    broken: 'Misschien is hij afgekapt. Open hem vanuit het bericht zelf.',
  },
  pl: {
    link: 'Wypisz się',
    heading: 'Wypisz się',
    question: 'Czy adres {address} ma nie otrzymywać więcej tych wiadomości?',
    button: 'Wypisz się',
    doneHeading: 'Adres został wypisany',
    done: 'Adres {address} nie będzie już otrzymywać tych wiadomości. Wiadomość, która jest już w drodze, może jeszcze dotrzeć.',
    brokenHeading: 'Ten link nie działa',
    broken: 'Mógł zostać ucięty. Proszę otworzyć go z samej wiadomości.',
  },
  sv: {
    link: 'Avsluta prenumerationen',
    heading: 'Avsluta prenumerationen',
    question: 'Ska {address} inte få fler av de här meddelandena?',
    button: 'Avsluta prenumerationen',
    doneHeading: 'Prenumerationen är avslutad',
    done: '{address} får inga fler av de här meddelandena. Ett som redan är på väg kan fortfarande komma fram.',
    brokenHeading: 'Länken fungerar inte',
    broken: 'Den kan ha kapats. Öppna den från själva meddelandet.',
  },
  da: {
    link: 'Afmeld',
    heading: 'Afmeld',
    question: 'Skal {address} ikke længere modtage disse beskeder?',
    button: 'Afmeld',
    doneHeading: 'Du er afmeldt',
    done: '{address} modtager ikke længere disse beskeder. En, der allerede er på vej, kan stadig nå frem.',
    brokenHeading: 'Linket virker ikke',
    broken: 'Det kan være blevet klippet over. Åbn det fra selve beskeden.',
  },
  cs: {
    link: 'Odhlásit odběr',
    heading: 'Odhlásit odběr',
    question: 'Nemá adresa {address} tyto zprávy už dostávat?',
    button: 'Odhlásit odběr',
    doneHeading: 'Odběr je odhlášen',
    done: 'Adresa {address} už tyto zprávy nebude dostávat. Zpráva, která je už na cestě, může ještě přijít.',
    brokenHeading: 'Tento odkaz nefunguje',
    broken: 'Možná byl zkrácen. Otevřete ho prosím přímo ze zprávy.',
  },
}

/** `accepted`: the header field of a browser (rfc:9110#12.5.4); its order is taken for its preference, as browsers write it. */
export function languageFor(accepted: string | null): Language {
  for (const one of (accepted ?? '').slice(0, 200).toLowerCase().split(',')) {
    const wanted = one.trim().slice(0, 2)
    const found = LANGUAGES.find((language) => language === wanted)
    if (found !== undefined) return found
  }
  return 'en'
}
