// Who is asked for a time zone and has said none yet is asked about that of their browser.
export function zone(): void {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of document.querySelectorAll<HTMLInputElement>("input[name=time_zone]")) {
    if (!field.value && own) field.value = own;
  }
}
