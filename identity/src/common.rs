//! Passwords that are tried first. What was stolen from other sites is mostly a common word with
//! digits behind it, a walk along the keyboard, or a few characters over and over: so the word
//! behind the decoration is compared, and no list of millions has to be carried along.

/// Words behind common passwords, in the languages of this product and the keyboard's.
const WORDS: &[&str] = &[
    "password", "passwort", "passw", "pass", "passpass", "passphrase", "contrasena", "contrasenya", "contraseña",
    "clave", "miclave", "mipassword", "senha", "minhasenha", "senhasenha", "secret", "secreto", "segredo", "secreta",
    "welcome", "welcomeback", "bienvenido", "bienvenida", "bemvindo", "bemvinda", "hello", "helloworld", "hola",
    "holamundo", "olamundo", "letmein", "letmeinnow", "openup", "changeme", "changemenow", "changethis", "cambiame",
    "cambiar", "mudar", "mudarsenha", "trocar", "default", "temporary", "temporal", "temp", "guest", "invitado",
    "visitante", "test", "testing", "tester", "testtest", "prueba", "pruebas", "teste", "demo", "example", "ejemplo",
    "exemplo", "sample", "admin", "admins", "administrator", "administrador", "adminadmin", "root", "rootroot",
    "toor", "superuser", "sysadmin", "master", "masterkey", "user", "username", "usuario", "login", "logmein",
    "signin", "access", "acceso", "acesso", "support", "soporte", "suporte", "helpdesk", "servicedesk", "customer",
    "cliente", "company", "empresa", "office", "oficina", "escritorio", "switchboard", "printer", "impresora",
    "computer", "computador", "computadora", "internet", "network", "server", "servidor", "database", "windows",
    "microsoft", "google", "facebook", "instagram", "whatsapp", "youtube", "twitter", "linkedin", "android", "iphone",
    "samsung", "apple", "linux", "ubuntu", "oracle", "cisco", "monkey", "dragon", "shadow", "sunshine", "princess",
    "princesa", "princesinha", "football", "futbol", "futebol", "baseball", "basketball", "soccer", "hockey",
    "superman", "batman", "spiderman", "pokemon", "starwars", "naruto", "minecraft", "trustno", "whatever",
    "freedom", "libertad", "liberdade", "iloveyou", "iloveyouso", "teamo", "teamomucho", "teamodemais", "euteamo",
    "loveme", "lovely", "amor", "amorcito", "amoreterno", "miamor", "meuamor", "mivida", "minhavida", "corazon",
    "coracao", "hermosa", "bonita", "linda", "family", "familia", "mifamilia", "minhafamilia", "mother", "father",
    "mamaypapa", "mama", "papa", "dios", "diosesamor", "deusefiel", "deuseamor", "jesus", "jesuscristo", "jesusteama",
    "jesuschrist", "jesustealove", "angel", "angels", "angelito", "blessed", "christ", "maria", "jose", "carlos",
    "michael", "jennifer", "jessica", "daniel", "andrea", "alejandro", "alejandra", "fernando", "gabriel", "gabriela",
    "thomas", "jordan", "jordan23", "hunter", "ranger", "tigger", "buster", "soccer", "charlie", "ashley", "michelle",
    "barcelona", "realmadrid", "realmadridcf", "atletico", "bocajuniors", "riverplate", "flamengo", "corinthians",
    "palmeiras", "saopaulo", "santos", "vasco", "gremio", "benfica", "sporting", "liverpool", "chelsea", "arsenal",
    "manchester", "juventus", "colombia", "mexico", "argentina", "venezuela", "brasil", "brazil", "portugal",
    "espana", "españa", "peru", "chile", "ecuador", "uruguay", "america", "lima", "bogota", "london", "newyork",
    "spring", "summer", "autumn", "winter", "primavera", "verano", "verao", "otono", "outono", "invierno", "inverno",
    "january", "february", "march", "april", "august", "september", "october", "november", "december", "enero",
    "febrero", "marzo", "abril", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    "janeiro", "fevereiro", "setembro", "outubro", "novembro", "dezembro", "monday", "tuesday", "wednesday",
    "thursday", "friday", "saturday", "sunday", "domingo", "sabado", "happy", "feliz", "felicidad", "felicidade",
    "cookie", "chocolate", "banana", "orange", "strawberry", "pepper", "ginger", "coffee", "cafe", "cerveza",
    "cerveja", "flower", "flores", "estrella", "estrela", "butterfly", "mariposa", "borboleta", "rainbow", "arcoiris",
    "purple", "silver", "golden", "diamond", "diamante", "killer", "zombie", "ninja", "matrix", "mustang", "ferrari",
    "porsche", "mercedes", "corvette", "harley", "yamaha", "honda", "toyota", "nothing", "nada", "something",
    "secure", "security", "seguridad", "seguranca", "correcthorsebatterystaple", "abcdefghijkl",
];

/// Rows of keys and counting: a run along one of them, either way.
const WALKS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "zaq12wsxcde34rfvbgt56yhnmju78ik",
    "147258369",
    "159357",
    "741852963",
    "13579",
    "24680",
];

/// What stands for a letter where people decorate.
fn plain(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        '8' => 'b',
        'á' | 'à' | 'â' | 'ã' => 'a',
        'é' | 'ê' => 'e',
        'í' => 'i',
        'ó' | 'ô' | 'õ' => 'o',
        'ú' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        c => c,
    }
}

fn is_walk(text: &str) -> bool {
    let count = text.chars().count();
    count >= 3
        && WALKS.iter().any(|walk| {
            let back: String = walk.chars().rev().collect();
            walk.contains(text) || back.contains(text)
        })
}

/// Whether a text is one of a few characters over and over, such as `abcabcabcabc`.
fn is_repetition(chars: &[char]) -> bool {
    (1..=chars.len() / 3).any(|unit| chars.iter().zip(chars.iter().skip(unit)).all(|(a, b)| a == b))
}

/// Whether the password is one that is tried first.
pub(crate) fn is_common(password: &str) -> bool {
    let lower = password.trim().to_lowercase();
    let chars: Vec<char> = lower.chars().collect();
    if is_repetition(&chars) || is_walk(&lower) {
        return true;
    }
    // Nothing but digits and signs is a date, a telephone number or a document's number.
    if !chars.iter().any(|c| c.is_alphabetic()) && chars.len() < 20 {
        return true;
    }
    // What is left between the decorations: the word itself, as written and with its disguise off.
    let bare: String = lower
        .trim_matches(|c: char| !c.is_alphabetic())
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '.'))
        .collect();
    let decoded: String = lower.chars().map(plain).filter(|c| c.is_alphabetic()).collect();
    let stripped: String = lower
        .trim_matches(|c: char| c.is_ascii_digit() || matches!(c, '!' | '?' | '.' | '*' | '#' | '-' | '_' | '+' | '='))
        .chars()
        .map(plain)
        .filter(|c| c.is_alphabetic())
        .collect();
    [&bare, &decoded, &stripped].iter().any(|word| {
        let letters: Vec<char> = word.chars().collect();
        let is_doubled = letters.len() % 2 == 0 && {
            let (one, other) = letters.split_at(letters.len() / 2);
            one == other && WORDS.contains(&one.iter().collect::<String>().as_str())
        };
        WORDS.contains(&word.as_str()) || is_doubled || is_walk(word)
    })
}
