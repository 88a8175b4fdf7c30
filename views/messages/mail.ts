/** The texts of mails, in English. `{brand}` is the installation's name. */
export const mailEn = {
  greeting: 'Hello,',
  copyLink: 'If the button does not work, copy this address into your browser:',
  automatic: 'This mail was sent automatically by {brand} ({host}). Replies are not read.',
  resetSubject: 'Set a new password for {brand}',
  resetTitle: 'Set a new password',
  resetText:
    'Somebody said that the password of your account is forgotten. If it was you, set a new one here. The link works once, for {minutes} minutes.',
  resetButton: 'Set a new password',
  resetOther:
    'If it was not you, you need not do anything: your password stays as it is, and nobody can use this link without this mail.',
  signUpSubject: 'Your account at {brand}',
  signUpTitle: 'Confirm your email address',
  signUpText:
    'Somebody would like to make an account at {brand} with this address. If it was you, go on here. The link works once, for {hours} hours.',
  signUpButton: 'Create my account',
  signUpOther: 'If it was not you, you need not do anything: without this link there will be no account.',
  existsSubject: 'You already have an account at {brand}',
  existsTitle: 'You already have an account',
  existsText:
    'Somebody tried to use this address for an account at {brand}. There is one already: yours. If it was you, simply sign in.',
  existsButton: 'I forgot my password',
  existsOther: 'If it was not you, you need not do anything. Nobody was told that you have an account.',
  invitationSubject: 'You are invited to {brand}',
  invitationTitle: 'You are invited',
  invitationText:
    'You can have an account at {brand}. Choose a name and a password here. The link works once, for {days} days.',
  invitationButton: 'Accept the invitation',
  invitationOther: 'If you do not know what this is about, you need not do anything.',
  verifySubject: 'Confirm your email address for {brand}',
  verifyTitle: 'Confirm your email address',
  verifyText:
    'Please confirm that this is the address of your account at {brand}. The link works once, for {hours} hours.',
  verifyButton: 'Confirm address',
  verifyOther: 'If you have no account there, you need not do anything.',
  changeSubject: 'Confirm your new email address for {brand}',
  changeTitle: 'Confirm your new email address',
  changeText:
    'An account at {brand} is to have this address. If it is yours, confirm it here. The link works once, for {hours} hours; until then nothing changes.',
  changeButton: 'Confirm new address',
  changeOther: 'If it was not you, you need not do anything: the address stays as it was.',
  noticeIntro: 'This mail is about your account at {brand}.',
  noticeWhen: 'When: {time} (UTC)',
  noticeWhere: 'From the network address: {address}',
  noticeOperator: 'It was done by somebody who operates {brand}.',
  noticeYou: 'If it was you, you need not do anything.',
  noticeNotYou:
    'If it was not you, set a new password at once, look through the security settings of your account, and tell whoever operates {brand}.',
  noticeFormerNotYou:
    'If it was not you, tell whoever operates {brand} at once: whoever has the new address can ask for a new password.',
  noticeButton: 'Look at my account',
} as const

/** The same in German. */
export const mailDe = {
  greeting: 'Guten Tag,',
  copyLink: 'Falls die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:',
  automatic:
    'Diese Nachricht wurde automatisch von {brand} ({host}) verschickt. Antworten werden nicht gelesen.',
  resetSubject: 'Neues Passwort für {brand}',
  resetTitle: 'Neues Passwort festlegen',
  resetText:
    'Jemand hat angegeben, das Passwort Ihres Kontos vergessen zu haben. Wenn Sie das waren, legen Sie hier ein neues fest. Der Link funktioniert einmal, {minutes} Minuten lang.',
  resetButton: 'Neues Passwort festlegen',
  resetOther:
    'Wenn Sie das nicht waren, müssen Sie nichts tun: Ihr Passwort bleibt, wie es ist, und ohne diese Nachricht kann niemand den Link verwenden.',
  signUpSubject: 'Ihr Konto bei {brand}',
  signUpTitle: 'E-Mail-Adresse bestätigen',
  signUpText:
    'Jemand möchte mit dieser Adresse ein Konto bei {brand} anlegen. Wenn Sie das waren, geht es hier weiter. Der Link funktioniert einmal, {hours} Stunden lang.',
  signUpButton: 'Mein Konto anlegen',
  signUpOther: 'Wenn Sie das nicht waren, müssen Sie nichts tun: Ohne diesen Link entsteht kein Konto.',
  existsSubject: 'Sie haben schon ein Konto bei {brand}',
  existsTitle: 'Sie haben schon ein Konto',
  existsText:
    'Jemand wollte diese Adresse für ein Konto bei {brand} verwenden. Es gibt schon eines: Ihres. Wenn Sie das waren, melden Sie sich einfach an.',
  existsButton: 'Ich habe mein Passwort vergessen',
  existsOther:
    'Wenn Sie das nicht waren, müssen Sie nichts tun. Niemand hat erfahren, dass Sie ein Konto haben.',
  invitationSubject: 'Einladung zu {brand}',
  invitationTitle: 'Sie sind eingeladen',
  invitationText:
    'Sie können ein Konto bei {brand} bekommen. Wählen Sie hier einen Namen und ein Passwort. Der Link funktioniert einmal, {days} Tage lang.',
  invitationButton: 'Einladung annehmen',
  invitationOther: 'Wenn Sie nicht wissen, worum es geht, müssen Sie nichts tun.',
  verifySubject: 'E-Mail-Adresse für {brand} bestätigen',
  verifyTitle: 'E-Mail-Adresse bestätigen',
  verifyText:
    'Bitte bestätigen Sie, dass dies die Adresse Ihres Kontos bei {brand} ist. Der Link funktioniert einmal, {hours} Stunden lang.',
  verifyButton: 'Adresse bestätigen',
  verifyOther: 'Wenn Sie dort kein Konto haben, müssen Sie nichts tun.',
  changeSubject: 'Neue E-Mail-Adresse für {brand} bestätigen',
  changeTitle: 'Neue E-Mail-Adresse bestätigen',
  changeText:
    'Ein Konto bei {brand} soll diese Adresse bekommen. Wenn es Ihres ist, bestätigen Sie sie hier. Der Link funktioniert einmal, {hours} Stunden lang; bis dahin ändert sich nichts.',
  changeButton: 'Neue Adresse bestätigen',
  changeOther: 'Wenn Sie das nicht waren, müssen Sie nichts tun: Die Adresse bleibt, wie sie war.',
  noticeIntro: 'Diese Nachricht betrifft Ihr Konto bei {brand}.',
  noticeWhen: 'Wann: {time} (UTC)',
  noticeWhere: 'Von der Netzwerkadresse: {address}',
  noticeOperator: 'Das hat jemand getan, der {brand} betreibt.',
  noticeYou: 'Wenn Sie das waren, müssen Sie nichts tun.',
  noticeNotYou:
    'Wenn Sie das nicht waren, legen Sie sofort ein neues Passwort fest, sehen Sie die Sicherheitseinstellungen Ihres Kontos durch und sagen Sie es denen, die {brand} betreiben.',
  noticeFormerNotYou:
    'Wenn Sie das nicht waren, sagen Sie es sofort denen, die {brand} betreiben: Wer die neue Adresse hat, kann ein neues Passwort anfordern.',
  noticeButton: 'Mein Konto ansehen',
} as const satisfies Record<keyof typeof mailEn, string>
