/** One line of the palette or of quick open. */
export interface PaletteItem {
  readonly id: string;
  readonly title: string;
  /** Of what kind it is, or what more there is to say. */
  readonly detail?: string;
  readonly keys?: readonly string[];
  /** Why it cannot be chosen now. */
  readonly disabled?: boolean;
  run(): unknown;
}
