//! Decides whether a text is English.

use super::words::{Words, in_lower_case};

/// Stop words of languages that are common in change records, without words that are English too.
static STOP_WORDS: [Words; 7] = [
    Words::new(
        "der das und ist nicht ein eine einen wird werden mit für auf von dem den zu im bei nach auch wenn sich oder aus sind vor",
    ),
    Words::new(
        "le la les des une et est dans pour sur avec pas que qui du au aux sont par ce cette ou être",
    ),
    Words::new("el los las una y es para con por que del se como más su al está son"),
    Words::new("il lo gli della di che per non una è con sono dal nel alla viene dei"),
    Words::new("o os uma e é para com não que do da em se dos ao são pelo"),
    Words::new("het een en van niet met voor dat op zijn wordt naar bij ook uit moet"),
    Words::new("och att det som en ett är för med inte av till på den från när ska"),
];

/// English stop words.
static ENGLISH: Words = Words::new(
    "the a an and is are not of to for with on in by from that this it be as at or if after before will must",
);

/// The minimum number of stop words of another language that count as evidence.
const MIN_STOP_WORDS: usize = 4;

/// Whether a text is in another language than English.
///
/// It is if it has at least four stop words of one other language and more of these than English
/// ones, or if most of its letters are of another script. A text with few stop words isn't evidence
/// for any language.
pub(crate) fn is_foreign<'t>(texts: impl IntoIterator<Item = &'t str>) -> bool {
    let mut letters = 0;
    let mut latin = 0;
    let mut foreign = [0; STOP_WORDS.len()];
    let mut english = 0;
    for text in texts {
        for word in text.split(|c: char| !c.is_alphabetic()) {
            if word.is_ascii() {
                letters += word.len();
                latin += word.len();
            } else {
                letters += word.chars().count();
                latin += word.chars().filter(|letter| *letter < '\u{250}').count();
            }
            let word = if word.is_ascii() {
                in_lower_case(word)
            } else {
                word.to_lowercase().into()
            };
            english += usize::from(ENGLISH.contains(&word));
            for (count, list) in foreign.iter_mut().zip(&STOP_WORDS) {
                *count += usize::from(list.contains(&word));
            }
        }
    }
    let most = foreign.into_iter().max().unwrap_or_default();
    (most >= MIN_STOP_WORDS && most > english) || 2 * latin < letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_many_foreign_stop_words_is_foreign() {
        for text in [
            "Der Pool wird erhöht und die Dienste werden nach dem Neustart geprüft, wenn sich die Last legt",
            "Le service est redémarré et les utilisateurs sont informés par une note dans le canal",
            "El servicio se reinicia con la nueva configuración y los usuarios son avisados por correo",
            "データベースを更新する",
        ] {
            assert!(is_foreign([text]), "{text}");
        }
    }

    #[test]
    fn few_stop_words_are_no_evidence() {
        for text in [
            "Raise pool",
            "Deploy el-service to la-1",
            "Dienst neu starten",
            "",
            "`kubectl apply`",
        ] {
            assert!(!is_foreign([text]), "{text}");
        }
    }

    #[test]
    fn english_with_foreign_names_is_english() {
        let text = "Move the Café La Une and El Sol shops to the new host, and check that it is in the list of the day";
        assert!(!is_foreign([text]));
    }
}
