// Made from the Fluent files by build.mjs.
declare module "texts" {
  const texts: Record<"en" | "es" | "pt", Record<string, string>>;
  export default texts;
}
