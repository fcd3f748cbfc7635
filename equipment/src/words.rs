//! What cards, mails, papers and chats say, in the customer's language.

use billing::words as billing_words;
use conversation::types::Language;

use crate::ids::{CounterKind, RequestKind, Status, VisitState};

/// The words of a language.
#[derive(Debug)]
pub struct Words {
    /// Counters, in the order of [`CounterKind::ALL`].
    counters: [&'static str; 5],
    /// In the order of [`Status::ALL`].
    statuses: [&'static str; 4],
    /// In the order of [`RequestKind::ALL`].
    requests: [&'static str; 4],
    /// In the order of [`VisitState::ALL`].
    visits: [&'static str; 5],
    /// A machine.
    pub machine: &'static str,
    /// The serial number.
    pub serial: &'static str,
    /// Where it stands.
    pub site: &'static str,
    /// Where it stands on its site.
    pub place: &'static str,
    /// Its state.
    pub status: &'static str,
    /// Opens the machine's page.
    pub open_machine: &'static str,
    /// A visit.
    pub visit: &'static str,
    /// Who comes.
    pub technician: &'static str,
    /// When.
    pub time: &'static str,
    /// Opens the visit's page.
    pub open_visit: &'static str,
    /// The customer.
    pub customer: &'static str,
    /// A day.
    pub day: &'static str,
    /// When the technician came.
    pub arrived: &'static str,
    /// When the technician was done.
    pub finished: &'static str,
    /// What was done.
    pub work: &'static str,
    /// What was used for it.
    pub parts: &'static str,
    /// What the counters showed.
    pub counter_values: &'static str,
    /// Who signed.
    pub signed: &'static str,
    /// The paper about a visit.
    pub report: &'static str,
    /// The name of its file.
    pub report_file: &'static str,
    /// Whose the machines are that are with no customer.
    pub stock: &'static str,
    /// A visit was planned: {when}, {name}.
    pub visit_planned: &'static str,
    /// The visit is over; the report goes with it.
    pub visit_done: &'static str,
    /// The visit will not be.
    pub visit_cancelled: &'static str,
    /// The technician is on the way: {name}.
    pub visit_on_way: &'static str,
    /// On a label, above its code.
    pub label_hint: &'static str,
    /// The subject of a reminder: {day}.
    pub remind_subject: &'static str,
    /// A reminder, before the list: {day}.
    pub remind_text: &'static str,
    /// How to answer when one number is wanted.
    pub remind_one: &'static str,
    /// How to answer when several are.
    pub remind_several: &'static str,
    /// Opens the page for readings.
    pub remind_open: &'static str,
    /// A reading was taken; a list follows.
    pub taken: &'static str,
    /// It is lower: {value}, {before}, {day}.
    pub ask_lower: &'static str,
    /// It is a jump: {value}, {before}, {day}.
    pub ask_jump: &'static str,
    /// How to answer that.
    pub ask_how: &'static str,
    /// Some are still wanted; a list follows.
    pub still_wanted: &'static str,
    /// A photo came; a person will read it.
    pub photo_taken: &'static str,
    /// For the agents: a photo came.
    pub photo_note: &'static str,
    /// On invoices: what is billed whatever is used.
    pub base: &'static str,
    /// On invoices: {counter}, {excess}, {included}.
    pub excess_line: &'static str,
    /// The price is for a thousand.
    pub per_thousand: &'static str,
    /// Of all machines together.
    pub together: &'static str,
    /// The sum, before its lines.
    pub how_summed: &'static str,
    /// {used}, {included}, {excess}.
    pub sum: &'static str,
    /// No reading came; it is billed next time.
    pub carried: &'static str,
    /// There is more than fits.
    pub and_more: &'static str,
    /// The subject of a renewal: {number}.
    pub renews_subject: &'static str,
    /// {number}, {day}, {next}.
    pub renews_text: &'static str,
    /// The subject of an end: {number}.
    pub ends_subject: &'static str,
    /// {number}, {day}.
    pub ends_text: &'static str,
    /// Opens the contract.
    pub open_contract: &'static str,
    /// The bot, before machines.
    pub bot_machines: &'static str,
    /// The bot, before visits.
    pub bot_visits: &'static str,
    /// The bot, before requests for service that have no visit yet.
    pub bot_no_visit: &'static str,
    /// The bot, before what was ordered and has not come.
    pub bot_orders: &'static str,
    /// Words with which people say yes.
    pub yes: &'static [&'static str],
}

static EN: Words = Words {
    counters: ["Black and white", "Colour", "A3", "Scans", "Total"],
    statuses: ["In use", "In repair", "In store", "Taken away"],
    requests: ["Service", "Toner", "Support", "Reading"],
    visits: ["Planned", "On the way", "There now", "Done", "Cancelled"],
    machine: "Machine",
    serial: "Serial number",
    site: "Site",
    place: "Place",
    status: "Status",
    open_machine: "Open the machine",
    visit: "Technician's visit",
    technician: "Technician",
    time: "Time",
    open_visit: "Follow the visit",
    customer: "Customer",
    day: "Day",
    arrived: "Arrived",
    finished: "Finished",
    work: "Work done",
    parts: "Parts",
    counter_values: "Counters",
    signed: "Signed by",
    report: "Visit report",
    report_file: "visit-report",
    stock: "Our stock",
    visit_planned: "{name} will come to you: {when}.",
    visit_done: "The visit is done. The signed report is attached.",
    visit_cancelled: "The visit was cancelled. We will write to you with a new time.",
    visit_on_way: "{name} is on the way to you.",
    label_hint: "Trouble or no toner? Scan me.",
    remind_subject: "Please send your meter readings by {day}",
    remind_text: "Please tell us by {day} what these counters show:",
    remind_one: "Just answer with the number, or send a photo of the display.",
    remind_several: "Answer with the line and the number, one on each line, for example: 1 12345. A photo of the display is fine, too.",
    remind_open: "Enter readings",
    taken: "Thank you. We noted:",
    ask_lower: "{value} is less than the {before} of {day}.",
    ask_jump: "{value} is much more than usual after the {before} of {day}.",
    ask_how: "Is it right? Answer YES, or send the right number.",
    still_wanted: "Still missing:",
    photo_taken: "Thank you for the photo. A colleague will read the number.",
    photo_note: "The customer was asked for a meter reading and sent a photo: read the number and enter it on the machine's page.",
    base: "Base price",
    excess_line: "{counter}: {excess} copies beyond the {included} included",
    per_thousand: "for a thousand",
    together: "all machines together",
    how_summed: "How the copies were counted:",
    sum: "used {used}, included {included}, beyond {excess}",
    carried: "no reading; carried over to the next invoice",
    and_more: "… and more: see the contract in your portal.",
    renews_subject: "Contract {number} renews soon",
    renews_text: "Your contract {number} ends on {day} and renews until {next}. Write to us if you want to change it.",
    ends_subject: "Contract {number} ends soon",
    ends_text: "Your contract {number} ends on {day}. Write to us if you want to go on.",
    open_contract: "See the contract",
    bot_machines: "These are your machines:",
    bot_visits: "These visits are planned:",
    bot_no_visit: "No visit has a day yet. This is what you asked for:",
    bot_orders: "This is what you ordered, and where it stands:",
    yes: &["yes", "y", "ok", "right", "correct"],
};

static ES: Words = Words {
    counters: ["Blanco y negro", "Color", "A3", "Escaneos", "Total"],
    statuses: ["En uso", "En reparación", "En almacén", "Retirada"],
    requests: ["Servicio", "Tóner", "Soporte", "Lectura"],
    visits: ["Planificada", "En camino", "En el sitio", "Terminada", "Cancelada"],
    machine: "Máquina",
    serial: "Número de serie",
    site: "Sede",
    place: "Lugar",
    status: "Estado",
    open_machine: "Ver la máquina",
    visit: "Visita del técnico",
    technician: "Técnico",
    time: "Horario",
    open_visit: "Seguir la visita",
    customer: "Cliente",
    day: "Día",
    arrived: "Llegada",
    finished: "Fin",
    work: "Trabajo realizado",
    parts: "Repuestos",
    counter_values: "Contadores",
    signed: "Firmado por",
    report: "Informe de visita",
    report_file: "informe-de-visita",
    stock: "Nuestro almacén",
    visit_planned: "{name} le visitará: {when}.",
    visit_done: "La visita ha terminado. Adjuntamos el informe firmado.",
    visit_cancelled: "La visita se canceló. Le escribiremos con un nuevo horario.",
    visit_on_way: "{name} va en camino.",
    label_hint: "¿Falla o falta tóner? Escanéeme.",
    remind_subject: "Envíe la lectura de sus contadores hasta el {day}",
    remind_text: "Díganos hasta el {day} qué muestran estos contadores:",
    remind_one: "Basta con responder con el número, o enviar una foto de la pantalla.",
    remind_several: "Responda con la línea y el número, uno por línea, por ejemplo: 1 12345. También vale una foto de la pantalla.",
    remind_open: "Ingresar lecturas",
    taken: "Gracias. Anotamos:",
    ask_lower: "{value} es menos que los {before} del {day}.",
    ask_jump: "{value} es mucho más de lo habitual después de los {before} del {day}.",
    ask_how: "¿Es correcto? Responda SÍ, o envíe el número correcto.",
    still_wanted: "Aún faltan:",
    photo_taken: "Gracias por la foto. Un compañero leerá el número.",
    photo_note: "Se pidió al cliente una lectura y envió una foto: lea el número e ingréselo en la página de la máquina.",
    base: "Precio base",
    excess_line: "{counter}: {excess} copias sobre las {included} incluidas",
    per_thousand: "por mil",
    together: "todas las máquinas juntas",
    how_summed: "Cómo se contaron las copias:",
    sum: "usadas {used}, incluidas {included}, excedente {excess}",
    carried: "sin lectura; pasa a la próxima factura",
    and_more: "… y más: vea el contrato en su portal.",
    renews_subject: "El contrato {number} se renueva pronto",
    renews_text: "Su contrato {number} termina el {day} y se renueva hasta el {next}. Escríbanos si desea cambiarlo.",
    ends_subject: "El contrato {number} termina pronto",
    ends_text: "Su contrato {number} termina el {day}. Escríbanos si desea continuar.",
    open_contract: "Ver el contrato",
    bot_machines: "Estas son sus máquinas:",
    bot_visits: "Estas visitas están planificadas:",
    bot_no_visit: "Todavía no hay día para una visita. Esto es lo que pidió:",
    bot_orders: "Esto es lo que pidió y así va:",
    yes: &["si", "sí", "s", "ok", "correcto", "correcta", "es correcto"],
};

static PT: Words = Words {
    counters: ["Preto e branco", "Cor", "A3", "Digitalizações", "Total"],
    statuses: ["Em uso", "Em reparo", "Em estoque", "Retirada"],
    requests: ["Serviço", "Toner", "Suporte", "Leitura"],
    visits: ["Planejada", "A caminho", "No local", "Concluída", "Cancelada"],
    machine: "Máquina",
    serial: "Número de série",
    site: "Unidade",
    place: "Lugar",
    status: "Situação",
    open_machine: "Ver a máquina",
    visit: "Visita do técnico",
    technician: "Técnico",
    time: "Horário",
    open_visit: "Acompanhar a visita",
    customer: "Cliente",
    day: "Dia",
    arrived: "Chegada",
    finished: "Fim",
    work: "Trabalho feito",
    parts: "Peças",
    counter_values: "Contadores",
    signed: "Assinado por",
    report: "Relatório de visita",
    report_file: "relatorio-de-visita",
    stock: "Nosso estoque",
    visit_planned: "{name} fará uma visita: {when}.",
    visit_done: "A visita terminou. O relatório assinado está em anexo.",
    visit_cancelled: "A visita foi cancelada. Escreveremos com um novo horário.",
    visit_on_way: "{name} está a caminho.",
    label_hint: "Problema ou falta de toner? Escaneie.",
    remind_subject: "Envie a leitura dos contadores até {day}",
    remind_text: "Diga-nos até {day} o que estes contadores mostram:",
    remind_one: "Basta responder com o número, ou enviar uma foto do visor.",
    remind_several: "Responda com a linha e o número, um por linha, por exemplo: 1 12345. Uma foto do visor também serve.",
    remind_open: "Informar leituras",
    taken: "Obrigado. Anotamos:",
    ask_lower: "{value} é menos que os {before} de {day}.",
    ask_jump: "{value} é muito mais que o habitual depois dos {before} de {day}.",
    ask_how: "Está certo? Responda SIM, ou envie o número certo.",
    still_wanted: "Ainda faltam:",
    photo_taken: "Obrigado pela foto. Um colega vai ler o número.",
    photo_note: "Pedimos uma leitura ao cliente e veio uma foto: leia o número e informe-o na página da máquina.",
    base: "Preço base",
    excess_line: "{counter}: {excess} cópias além das {included} incluídas",
    per_thousand: "por mil",
    together: "todas as máquinas juntas",
    how_summed: "Como as cópias foram contadas:",
    sum: "usadas {used}, incluídas {included}, excedente {excess}",
    carried: "sem leitura; passa para a próxima fatura",
    and_more: "… e mais: veja o contrato no portal.",
    renews_subject: "O contrato {number} será renovado em breve",
    renews_text: "Seu contrato {number} termina em {day} e será renovado até {next}. Escreva-nos se quiser alterá-lo.",
    ends_subject: "O contrato {number} termina em breve",
    ends_text: "Seu contrato {number} termina em {day}. Escreva-nos se quiser continuar.",
    open_contract: "Ver o contrato",
    bot_machines: "Estas são suas máquinas:",
    bot_visits: "Estas visitas estão planejadas:",
    bot_no_visit: "Ainda não há dia marcado para uma visita. Foi isto que você pediu:",
    bot_orders: "Foi isto que você pediu, e está assim:",
    yes: &["sim", "s", "ok", "certo", "correto", "está certo"],
};

/// The words of a language.
pub fn of(language: Language) -> &'static Words {
    match language {
        Language::En => &EN,
        Language::Es => &ES,
        Language::Pt => &PT,
    }
}

fn at<T: PartialEq>(all: &[T], value: &T) -> usize {
    all.iter().position(|one| one == value).unwrap_or(0)
}

impl Words {
    /// What a counter counts.
    pub fn counter(&self, kind: CounterKind) -> &'static str {
        self.counters.get(at(CounterKind::ALL, &kind)).copied().unwrap_or("")
    }

    /// What a machine is doing.
    pub fn state(&self, status: Status) -> &'static str {
        self.statuses.get(at(Status::ALL, &status)).copied().unwrap_or("")
    }

    /// A kind of request.
    pub fn request(&self, kind: RequestKind) -> &'static str {
        self.requests.get(at(RequestKind::ALL, &kind)).copied().unwrap_or("")
    }

    /// Where a visit stands.
    pub fn visit_state(&self, state: VisitState) -> &'static str {
        self.visits.get(at(VisitState::ALL, &state)).copied().unwrap_or("")
    }
}

/// A whole number as people of the language write it: `12,345`, `12.345`, and in Spanish, where a point means thousands in one
/// country and a fraction in the next, `12 345` with a space that does not break (`1234` stays whole).
pub fn number(value: i64, language: Language) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = match language {
        Language::En => ',',
        Language::Es if digits.len() == 4 => return value.to_string().replace('-', "−"),
        Language::Es => '\u{a0}',
        Language::Pt => '.',
    };
    let mut text = String::new();
    if value < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(sign);
        }
        text.push(digit);
    }
    text
}

/// An ISO day as people of the language write it.
pub fn day(iso: &str, language: Language) -> String {
    billing_words::day(iso, language)
}

/// A day and a span of hours: `31 Jan 2026, 09:00–11:00`.
pub fn window(starts_at: i64, ends_at: i64, tz: &jiff::tz::TimeZone, language: Language) -> String {
    let zoned = |at: i64| {
        jiff::Timestamp::from_millisecond(at)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_zoned(tz.clone())
    };
    let (from, to) = (zoned(starts_at), zoned(ends_at));
    format!(
        "{}, {}–{}",
        day(&from.date().to_string(), language),
        from.strftime("%H:%M"),
        to.strftime("%H:%M")
    )
}

/// A month (`2026-01`) as people of the language write it, short.
pub fn month(iso: &str, language: Language) -> String {
    let names: [&str; 12] = match language {
        Language::En => [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ],
        Language::Es => [
            "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic",
        ],
        Language::Pt => [
            "jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez",
        ],
    };
    let (year, month) = iso.split_once('-').unwrap_or((iso, ""));
    let name = month
        .parse::<usize>()
        .ok()
        .and_then(|month| names.get(month.wrapping_sub(1)));
    match name {
        Some(name) => format!("{name} {year}"),
        None => iso.to_owned(),
    }
}
