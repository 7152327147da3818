// Answers that are no notification: what programs and people write, in the languages of the receivers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReport } from './report.ts'

const letter = (subject: string, body: string, header = '') =>
  `From: Ann <ann@rcpt.example>\nTo: news@ours.example\nSubject: ${subject}\n${header}Content-Type: text/plain; charset=utf-8\n\n${body}\n`
const CASES: readonly (readonly [kind: string, text: string])[] = [
  ['autoreply', letter('Automatic reply: Newsletter', 'I am out of the office until Monday.')],
  ['autoreply', letter('Out of Office: Newsletter', 'I will be back on Monday.')],
  [
    'autoreply',
    letter('RE: News', "I no longer check this mailbox. If it is urgent please phone. I'll reply when I am back from sick leave."),
  ],
  ['autoreply', letter('Abwesenheitsnotiz: Newsletter', 'Ich bin bis Montag nicht im Büro.')],
  ['autoreply', letter('Automatische Antwort: Newsletter', 'Vielen Dank für Ihre E-Mail.')],
  ['autoreply', letter('Réponse automatique : Newsletter', 'Je suis absente.')],
  ['autoreply', letter('Respuesta automática: Newsletter', 'Estoy de vacaciones hasta el lunes.')],
  ['autoreply', letter('Risposta automatica: Newsletter', 'Sono in ferie.')],
  ['autoreply', letter('Resposta automática: Newsletter', 'Estou fora.')],
  ['autoreply', letter('Automatisch antwoord: Newsletter', 'Ik ben afwezig.')],
  ['autoreply', letter('Autosvar: Newsletter', 'Jag är på semester.')],
  ['autoreply', letter('Automatyczna odpowiedź: Newsletter', 'Jestem na urlopie.')],
  ['autoreply', letter('Автоматический ответ: Newsletter', 'Я в отпуске.')],
  ['autoreply', letter('自動返信: Newsletter', '不在にしております。')],
  ['autoreply', letter('自动回复: Newsletter', '您好，我目前不在办公室。')],
  ['autoreply', letter('자동 회신: Newsletter', '부재중입니다.')],
  ['autoreply', letter('Re: Newsletter', 'Thank you for contacting us. We will answer soon.', 'Auto-Submitted: auto-replied\n')],
  ['autoreply', letter('Re: Newsletter', 'Thanks for your message, ticket #123 was made.', 'X-Autoreply: yes\n')],
  ['autoreply', letter('Re: Newsletter', 'Ticket received', 'Precedence: auto_reply\n')],
  [
    'autoreply',
    letter(
      '[Ticket#1234] Re: Newsletter',
      'Thank you for your email. A ticket has been created.',
      'Auto-Submitted: auto-generated\nIn-Reply-To: <1@ours.example>\n',
    ),
  ],
  [
    'challenge',
    letter(
      'Re: Newsletter (Verification required)',
      'Please click the link below so that your message will be delivered: https://x.example/1',
      'Auto-Submitted: auto-replied\n',
    ),
  ],
  [
    'challenge',
    letter(
      'ann@rcpt.example requires verification',
      'I am using Spam Arrest. Please follow this link to verify yourself: http://www.spamarrest.com/a2?x',
    ),
  ],
  ['challenge', letter('Please confirm your message', 'To confirm that you are a person and not a robot reply to this message.')],
  [
    'challenge',
    letter('Your email to ann@rcpt.example', 'Mailinblack: Afin de délivrer votre message, cliquez ici pour vous authentifier.'),
  ],
  ['unsubscribe', letter('unsubscribe', '')],
  ['unsubscribe', letter('Unsubscribe me', 'thanks')],
  ['unsubscribe', letter('Re: Newsletter', 'unsubscribe\n\n> On Monday News wrote:\n> ...')],
  ['unsubscribe', letter('Re: Newsletter', 'Please remove me from your list.')],
  ['unsubscribe', letter('Abmelden', '')],
  ['unsubscribe', letter('AW: Newsletter', 'Bitte abmelden!')],
  ['unsubscribe', letter('Désabonnement', '')],
  ['unsubscribe', letter('Re: News', 'STOP')],
  ['unsubscribe', letter('Re: News', 'Darme de baja por favor')],
  ['unsubscribe', letter('Re: Boletín', 'Por favor, denme de baja de esta lista.')],
  ['unsubscribe', letter('Re: News', "I don't want these mails anymore. Remove me.")],
  ['unsubscribe', letter('Отписаться', '')],
  ['unsubscribe', letter('配信停止', '')],
  ['unsubscribe', letter('Re: News', 'Bitte nehmen Sie mich aus dem Verteiler.')],
  ['unsubscribe', letter('Re: News', 'Take me off this list')],
  ['unsubscribe', letter('Re: News', 'Hello, I want to unsubscribe from this newsletter. Thanks, Ann')],
  ['subscribe', letter('subscribe', '')],
  ['subscribe', letter('Subscribe newsletter Ann', '')],
  ['subscribe', letter('Anmeldung', 'Newsletter anmelden')],
  ['addressChange', letter('My email address has changed', 'Hello, please note that my new address is ann@new.example.')],
  ['addressChange', letter('Neue E-Mail-Adresse', 'Meine neue Adresse: ann@new.example')],
  ['addressChange', letter('Automatic reply: Newsletter', 'My e-mail address has changed to ann@new.example. Please update your records.')],
  ['addressChange', letter("Changement d'adresse", 'Ma nouvelle adresse est ann@new.example')],
  ['unknown', letter('Re: Newsletter', 'Hi, I read your newsletter and want to know the price of the red bicycle. Can you call me? Ann')],
  ['unknown', letter('Question about my order 550', 'My order did not arrive. 550 Main Street.')],
  ['unknown', letter('Invoice 5.1.1', 'Please find attached.')],
  ['unknown', letter('Subscription question', 'How do I change my subscription plan to the yearly one and what does it cost?')],
]

test('automatic answers, challenges, requests and letters are told apart', () => {
  const wrong = CASES.filter(([kind, text]) => readReport(Buffer.from(text)).kind !== kind).map(
    ([kind, text]) => `${kind}: ${text.slice(60, 200)}`,
  )
  assert.deepEqual(wrong, [])
})

test('an answer is of the one who gave it', () => {
  const report = readReport(Buffer.from(letter('Out of office', 'Until Monday.')))
  assert.deepEqual(
    report.recipients.map(({ address }) => address),
    ['ann@rcpt.example'],
  )
})

test('a read receipt names its recipient (rfc:8098); one that tells of a refusal is a bounce', () => {
  const receipt = (subject: string, text: string, disposition: string): Buffer =>
    Buffer.from(
      `From: Mail Delivery Subsystem <admin@rcpt.example>\nTo: news@ours.example\nSubject: ${subject}\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\n${text}\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; ann@rcpt.example\nDisposition: ${disposition}\n\n--b--\n`,
    )
  const read = readReport(receipt('Read: Hello', 'It was displayed.', 'manual-action/MDN-sent-manually; displayed'))
  assert.deepEqual([read.kind, read.format, read.recipients[0]?.address], ['autoreply', 'mdn', 'ann@rcpt.example'])
  const refused = readReport(
    receipt(
      'Automatically rejected mail',
      'Your message to <ann@rcpt.example> was automatically rejected:\nQuota exceeded',
      'automatic-action/MDN-sent-automatically; deleted',
    ),
  )
  assert.deepEqual([refused.kind, refused.recipients[0]?.address], ['bounce', 'ann@rcpt.example'])
})

const ABSENCES = [
  'Abwesend: News',
  'Ich bin nicht im Büro',
  'Respuesta de Fuera de la oficina',
  'Hors du bureau',
  'Absence : News',
  'Autorespuesta: News',
  'Ausência temporária',
  'Fuori sede',
  "Assenza dall'ufficio",
  'Afwezigheidsbericht: News',
  'Buiten kantoor',
  'Fraværende: News',
  'Frånvarande: News',
  'Automatiskt svar: News',
  'Automatisk svar: News',
  'Poissaoloviesti',
  'Automaattinen vastaus: News',
  'Nieobecność',
  'Autoresponder: News',
  'Mimo kancelář',
  'Automatická odpověď: News',
  'Automatikus válasz: News',
  'Házon kívül',
  'Răspuns automat: News',
  'Αυτόματη απάντηση: News',
  'Ofis dışında',
  'Otomatik yanıt: News',
  'Автоответ: News',
  'Вне офиса',
  'Автоматична відповідь: News',
  'תשובה אוטומטית: News',
  'رد تلقائي: News',
  '自動応答: News',
  '不在通知',
  '自动答复: News',
  '自動回覆: News',
  'ตอบกลับอัตโนมัติ: News',
  'Trả lời tự động: News',
  'Balasan Otomatis: News',
  '부재 중: News',
  '자동 응답: News',
  'Out of the office: News',
  'On vacation Re: News',
  'On maternity leave',
  'Vacation responder',
  'Auto Reply: News',
  'Autoreply: News',
  'AutoReply',
  '[Auto-Reply] News',
  'Automated reply: News',
  'Automatic Response: News',
  'Your message has been received',
  'We have received your message',
  'Thank you for your message',
  'Ihre Nachricht ist eingegangen',
  'Eingangsbestätigung',
  'Wir haben Ihre E-Mail erhalten',
  'Accusé de réception',
  'Nous avons bien reçu votre message',
  'Hemos recibido su mensaje',
  'Abbiamo ricevuto la tua email',
  'Recebemos sua mensagem',
  'Ontvangstbevestiging',
  'Automatinis atsakymas: News',
  'Automaatvastus: News',
  'Automātiskā atbilde: News',
  'Samodejni odgovor: News',
  'Automatski odgovor: News',
  'Automatická odpoveď: News',
  'Автоматичен отговор: News',
  "Réponse automatique d'absence du bureau",
  'Absent du bureau',
  'En congé',
  'Im Urlaub',
  'Urlaubsmeldung',
  'Out of Office Re: News',
  'OOO: News',
  'OOF: News',
  'OoO Re: News',
]

test('subjects of automatic answers are known in the languages of the receivers', () => {
  assert.deepEqual(
    ABSENCES.filter((subject) => readReport(Buffer.from(letter(subject, '...'))).kind !== 'autoreply'),
    [],
  )
})
