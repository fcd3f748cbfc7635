// Forms that ask the browser for a passkey or let it make one. The form's `data-begin` answers with the
// question; what the browser says goes along with the form itself, as any other field.

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer | null | undefined): string | undefined {
  if (!buffer) return undefined;
  return btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}

type Described = { id: string };

function keys(list: Described[] | undefined): PublicKeyCredentialDescriptor[] | undefined {
  return list?.map((one) => ({ ...one, id: bytes(one.id) }) as unknown as PublicKeyCredentialDescriptor);
}

type Options = any;

async function create(options: Options): Promise<object> {
  const made = (await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: keys(options.excludeCredentials),
    },
  })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    extensions: {},
    response: {
      attestationObject: text(response.attestationObject),
      clientDataJSON: text(response.clientDataJSON),
      transports: response.getTransports?.(),
    },
  };
}

async function get(options: Options): Promise<object> {
  const found = (await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: keys(options.allowCredentials) },
  })) as PublicKeyCredential;
  const response = found.response as AuthenticatorAssertionResponse;
  return {
    id: found.id,
    rawId: text(found.rawId),
    type: found.type,
    extensions: {},
    response: {
      authenticatorData: text(response.authenticatorData),
      clientDataJSON: text(response.clientDataJSON),
      signature: text(response.signature),
      userHandle: text(response.userHandle) ?? null,
    },
  };
}

async function ask(form: HTMLFormElement): Promise<void> {
  const begin = form.getAttribute("data-begin") ?? "";
  const csrf = form.querySelector<HTMLInputElement>("input[name=csrf]")?.value ?? "";
  const answer = await fetch(begin, { method: "POST", body: new URLSearchParams({ csrf }) });
  if (!answer.ok) throw new Error(String(answer.status));
  const question = (await answer.json()) as { step: string; options: { publicKey: Options } };
  const work = form.getAttribute("data-passkey") === "create" ? create : get;
  const credential = await work(question.options.publicKey);
  const field = (name: string) => form.querySelector<HTMLInputElement>(`input[name=${name}]`)!;
  field("step").value = question.step;
  field("credential").value = JSON.stringify(credential);
  HTMLFormElement.prototype.submit.call(form);
}

export function passkeys(): void {
  const forms = document.querySelectorAll<HTMLFormElement>("form[data-passkey]");
  if (!window.PublicKeyCredential) return;
  for (const form of forms) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const trouble = form.querySelector<HTMLElement>(".error");
      if (trouble) trouble.hidden = true;
      ask(form).catch(() => {
        if (!trouble) return;
        trouble.textContent = form.getAttribute("data-trouble");
        trouble.hidden = false;
      });
    });
  }
}
