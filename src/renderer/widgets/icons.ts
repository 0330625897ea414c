/** Icons as 16 x 16 outlines, drawn here so that none depends on what fonts a machine has. */
export const ICONS = {
  run: 'M4.5 3v10l8-5z',
  step: 'M3 3v10l6-5zM11.5 3v10',
  reset: 'M3 8a5 5 0 1 0 1.6-3.7M3 2.5v3h3',
  stop: 'M4 4h8v8H4z',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M3 13l1.2-1.2M11.8 4.2 13 3',
  moon: 'M13 9.6A5.6 5.6 0 0 1 6.4 3 5.6 5.6 0 1 0 13 9.6z',
  screen: 'M2 3h12v8H2zM5.5 14h5M8 11v3',
  keyboard: 'M1.5 4h13v8h-13zM4 6.5h.01M6.5 6.5h.01M9 6.5h.01M11.5 6.5h.01M5 9.5h6',
  check: 'M3 8.5 6.5 12 13 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  bypass: 'M2 8h11M9.5 4.5 13 8l-3.5 3.5',
  barred: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM4.2 4.2l7.6 7.6',
  cached: 'M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z',
  skipped: 'M3 8h2M7 8h2M11 8h2',
  read: 'M3 3h10v10H3zM3 6.5h10M3 9.7h10',
  warning: 'M8 2 15 14H1zM8 6.5v3.5M8 12h.01',
  info: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 7.3v3.5M8 5.2h.01',
  close: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  folder: 'M1.5 4h4.2l1.5 1.7h7.3V13h-13z',
  history: 'M3 8a5 5 0 1 1 1.6 3.7M3 2.8v3.4h3.4M8 5v3.3l2.2 1.4',
  book: 'M2.5 3c2-.8 4-.6 5.5.5 1.5-1.1 3.5-1.3 5.5-.5v9.5c-2-.8-4-.6-5.5.5-1.5-1.1-3.5-1.3-5.5-.5zM8 3.5V13',
  save: 'M3 3h8l2 2v8H3zM5.5 3v3.5h4.5V3M5.5 13V9.5h5V13',
  down: 'M4 6l4 4 4-4',
  dot: 'M8 6.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z',
} as const;

export type IconName = keyof typeof ICONS;
