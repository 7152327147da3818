// What people, ticket systems and programs of lists ask for or tell, by classes of wording: texts of our own, without any helping header.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReport } from './report.ts'

const letter = (subject: string, body: string): Buffer =>
  Buffer.from(
    `From: Ann <ann@rcpt.example>\nTo: news@ours.example\nSubject: ${subject}\nContent-Type: text/plain; charset=utf-8\n\n${body}\n`,
  )

const SAID: Readonly<Record<string, readonly (readonly [subject: string, body: string])[]>> = {
  unsubscribe: [
    ['News', 'Bitte schicken Sie mir keine weiteren Mails mehr.'],
    ['News', 'No deseo recibir más publicidad.'],
    ['News', 'Prego cancellare il mio indirizzo.'],
    ['News', 'Favor retirar meu nome da lista.'],
    ['ニュース', 'メールの配信を停止してください。'],
    ['News', 'I revoke my consent to any mailing.'],
    ['News', 'Не присылайте мне больше писем'],
    ['Re: News', 'Jeg ønsker ikke længere at modtage nyheder.'],
    ['Re: News', 'I have unsubscribed twice. Stop it!'],
    ['Re: News', 'Please remove.'],
    ['Re: News', 'Ich möchte den Newsletter nicht mehr bekommen.'],
    ['Re: News', 'Je ne veux plus de ces messages.'],
    ['confirm unsubscribe from talk@rcpt.example', 'Please send a short reply to this address.'],
  ],
  subscribe: [
    ['News', 'Please add my address to your mailing list.'],
    ['News', 'I would like to subscribe to the news.'],
    ['News', 'Bitte setzen Sie mich auf die Liste des Newsletters.'],
    ['News', 'Je voudrais m’inscrire à la lettre.'],
    ['Bitte', 'Können Sie mich in Ihren Verteiler aufnehmen?'],
    ['Welcome to the "Test" mailing list', 'To post, send mail to test@rcpt.example.'],
    ['confirm 00112233445566778899aabbccddeeff00112233', 'Mailing list subscription confirmation notice for mailing list Test'],
    ['Command confirmation request (0A0B0C0D)', 'You must reply to this message.'],
    ['Please confirm your subscription', 'Click the link below to confirm that you want it: https://rcpt.example/1'],
  ],
  challenge: [
    ['Freigabe: Newsletter', 'Ihre Nachricht wurde zurückgehalten. Bitte bestätigen Sie sie durch einen Klick auf diesen Link.'],
    ['Newsletter', 'Votre message est en attente. Cliquez ici pour montrer que vous n’êtes pas un robot.'],
    ['Re: News', 'Your mail is in my waiting room. Reply to show that you are no bot.'],
    ['Boletín', 'Su correo fue retenido; responda a este mensaje para que se entregue.'],
  ],
  autoreply: [
    ['Odpowiedź automatyczna: News', 'Dzień dobry'],
    ['回复: 新闻【自动回复】', '您好'],
    ['[desk #12] AutoReply: News', 'Hello'],
    ['Ann LEE est absent(e).', 'Bonjour'],
    ['[News] 5512', 'Your request (#5512) has been received. Please type your reply above this line.'],
    ['Re: News', 'Ich bin im Urlaub und ab dem 3.12. wieder da.'],
    ['Re: News', 'Je suis en congé jusqu’au 3 décembre.'],
    ['Re: News', 'Меня не будет в офисе до 3 декабря.'],
    ['Re: News', 'I have only sporadic access to mail and will answer when I return.'],
    ['Votre message', 'Votre demande est enregistrée sous le numéro 12.'],
    ['Re: News', '这是自动回复。'],
    ['Re: News', 'This inbox is not monitored.'],
    ['Re: News', 'Thank you for your email. A member of our team will get back to you within two days.'],
  ],
  addressChange: [
    ['Ny e-postadress', 'Jag har bytt e-postadress till ann@new.example'],
    ['Re: News', 'From now on reach me at ann@new.example.'],
    ['News', 'Merci de noter ma nouvelle adresse de courriel : ann@new.example'],
  ],
  unknown: [
    ['Offer', 'Please remove the second row from the table and send it again.'],
    ['Trip', 'Wir waren bis Sonntag im Urlaub und haben Bilder.'],
    ['Contract', 'We have received your contract and will return it by Friday.'],
    ['Cita', 'Quiero cancelar la reserva del lunes.'],
    ['Photos', 'Je suis actuellement à Lyon et voici des photos.'],
    ['Besuch', 'Ich bin am Montag in Berlin und würde Sie gern treffen.'],
    ['Visit', 'My new address is on the card that I sent.'],
    ['Password', 'Click the link to confirm the new password.'],
    ['Figures', 'Tom asked how many people unsubscribed in May; the board wants to know.'],
    ['Project', 'I am no longer working on the red one; Tom will send the files.'],
    ['Re: News', 'Thank you for your email. I liked the pictures and showed them to my mother.'],
    ['Lunch', 'I am out of the office on Friday, but are you free on Thursday?'],
    ['Appointment', 'Please confirm your appointment on Tuesday by a click on the link.'],
    ['Parcel', 'Your package is held at our depot. Click here to confirm its delivery.'],
  ],
}

test('requests, lists, challenges and automatic answers are known by classes of words, and letters of people are none', () => {
  const wrong: string[] = []
  for (const [kind, letters] of Object.entries(SAID))
    for (const [subject, body] of letters) {
      const found = readReport(letter(subject, body)).kind
      if (found !== kind) wrong.push(`${kind}, not ${found}: ${subject}: ${body}`)
    }
  assert.deepEqual(wrong, [])
})

test('a notification that a list holds a message is no challenge', () => {
  const text =
    'The email below could not be delivered to the following user:\n\n<list@rcpt.example>\n\nYour mail is being held until the moderator can review it. To cancel it, visit the following page.'
  const notification = letter('Non-Delivery: Your message to the list', text).toString().replace('Ann <ann@', 'postmaster <postmaster@')
  assert.equal(readReport(Buffer.from(notification)).kind, 'bounce')
})

test('a person who complains and attaches the message is heard', () => {
  const complaint = Buffer.from(
    'From: Ann <ann@rcpt.example>\nTo: abuse@ours.example\nSubject: Spam complaint\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nThis is spam.\n--b\nContent-Type: message/rfc822\n\nFrom: news@ours.example\nTo: carl@far.example\nSubject: News\nMessage-ID: <1@ours.example>\n\nHello\n--b--\n',
  )
  const report = readReport(complaint)
  assert.deepEqual([report.kind, report.feedback?.type, report.recipients[0]?.address], ['feedback', 'abuse', 'carl@far.example'])
})
