import type { Texts } from './texts.ts';

/** One row of the error table: what HTTP says, whether the same call may be tried again, what a person reads. */
export type ErrorRow = {
  readonly status: number;
  readonly retryable: boolean;
  readonly title: Texts;
};

const row = (status: number, retryable: boolean, en: string, tr: string): ErrorRow => ({
  status,
  retryable,
  title: { tr, en },
});

/**
 * Every code a caller can ever see, on the bus and over HTTP alike. Codes are stable: they are added, never renamed.
 * 4xx is whatever a caller can cause; 5xx is ours or a neighbour's.
 */
export const ERRORS = {
  // input and access
  invalid_input: row(422, false, 'The request is not valid', 'İstek geçerli değil'),
  malformed_json: row(400, false, 'The body is not valid JSON', 'Gövde geçerli bir JSON değil'),
  unsupported_media_type: row(
    415,
    false,
    'This content type is not accepted here',
    'Bu içerik türü burada kabul edilmiyor',
  ),
  payload_too_large: row(413, false, 'The body is too large', 'Gövde çok büyük'),
  uri_too_long: row(414, false, 'The address is too long', 'Adres çok uzun'),
  headers_too_large: row(431, false, 'The headers are too large', 'Başlıklar çok büyük'),
  request_timeout: row(408, true, 'The request came too slowly', 'İstek çok yavaş geldi'),
  bad_request: row(400, false, 'The request cannot be read', 'İstek okunamıyor'),
  invalid_cursor: row(422, false, 'The cursor is not valid', 'İmleç geçerli değil'),
  route_not_found: row(404, false, 'There is nothing at this address', 'Bu adreste bir şey yok'),
  method_not_allowed: row(405, false, 'This method is not allowed here', 'Bu yöntem burada kullanılamaz'),
  not_found: row(404, false, 'Not found', 'Bulunamadı'),
  unauthorized: row(401, false, 'Sign-in or a key is needed', 'Oturum veya anahtar gerekli'),
  forbidden: row(403, false, 'This key may not do that', 'Bu anahtarın buna yetkisi yok'),
  tenant_mismatch: row(403, false, 'The key belongs to another shop', 'Anahtar başka bir mağazaya ait'),
  tenant_not_found: row(404, false, 'There is no such shop', 'Böyle bir mağaza yok'),
  tenant_suspended: row(403, false, 'This shop is suspended', 'Bu mağaza askıya alınmış'),
  rate_limited: row(429, true, 'Too many requests', 'Çok fazla istek'),
  precondition_failed: row(412, false, 'Someone else changed this meanwhile', 'Bu kayıt bu arada değiştirildi'),
  conflict: row(409, false, 'This conflicts with what is there', 'Bu, var olan kayıtla çelişiyor'),
  slug_taken: row(409, false, 'This slug is taken', 'Bu kısa ad kullanılıyor'),
  sku_taken: row(409, false, 'This SKU is taken', 'Bu SKU kullanılıyor'),
  host_taken: row(409, false, 'This host belongs to another shop', 'Bu alan adı başka bir mağazaya ait'),
  code_taken: row(409, false, 'This code is taken', 'Bu kod kullanılıyor'),
  in_use: row(409, false, 'Something else still uses this', 'Bu kayıt hâlâ kullanılıyor'),
  // idempotency
  idempotency_key_required: row(
    400,
    false,
    'The Idempotency-Key header is required',
    'Idempotency-Key başlığı gerekli',
  ),
  idempotency_key_invalid: row(
    400,
    false,
    'The Idempotency-Key must be 1 to 255 visible ASCII characters',
    'Idempotency-Key 1-255 görünür ASCII karakter olmalı',
  ),
  idempotency_key_reused: row(
    422,
    false,
    'This Idempotency-Key was used with another body',
    'Bu Idempotency-Key başka bir gövdeyle kullanılmış',
  ),
  idempotency_in_progress: row(
    409,
    true,
    'The first request with this key is still running',
    'Bu anahtarla yapılan ilk istek hâlâ sürüyor',
  ),
  // cart and checkout
  cart_not_found: row(404, false, 'There is no such cart', 'Böyle bir sepet yok'),
  cart_closed: row(409, false, 'This cart can no longer be changed', 'Bu sepet artık değiştirilemez'),
  cart_empty: row(422, false, 'The cart is empty', 'Sepet boş'),
  cart_full: row(422, false, 'The cart has no room for more', 'Sepet daha fazlasını almıyor'),
  line_not_found: row(404, false, 'There is no such line in the cart', 'Sepette böyle bir satır yok'),
  item_unavailable: row(409, false, 'An item is no longer available', 'Bir ürün artık satışta değil'),
  out_of_stock: row(409, false, 'There is not enough stock', 'Yeterli stok yok'),
  total_changed: row(409, false, 'The total has changed', 'Toplam tutar değişti'),
  email_required: row(422, false, 'An e-mail address is needed', 'Bir e-posta adresi gerekli'),
  shipping_address_required: row(422, false, 'A shipping address is needed', 'Teslimat adresi gerekli'),
  shipping_method_required: row(422, false, 'A shipping method is needed', 'Kargo yöntemi gerekli'),
  shipping_method_unavailable: row(
    422,
    false,
    'This shipping method is not available here',
    'Bu kargo yöntemi burada kullanılamıyor',
  ),
  coupon_invalid: row(422, false, 'This coupon cannot be used', 'Bu kupon kullanılamaz'),
  coupon_exhausted: row(409, false, 'This coupon is used up', 'Bu kupon tükendi'),
  payment_method_required: row(422, false, 'A payment method is needed', 'Bir ödeme yöntemi gerekli'),
  payment_method_unavailable: row(
    422,
    false,
    'This payment method is not available here',
    'Bu ödeme yöntemi burada kullanılamıyor',
  ),
  currency_unsupported: row(422, false, 'This currency is not sold in', 'Bu para biriminde satış yok'),
  // orders
  order_not_found: row(404, false, 'There is no such order', 'Böyle bir sipariş yok'),
  order_not_payable: row(409, false, 'This order can no longer be paid', 'Bu sipariş artık ödenemez'),
  order_not_cancellable: row(409, false, 'This order can no longer be cancelled', 'Bu sipariş artık iptal edilemez'),
  illegal_transition: row(409, false, 'The order cannot move to that state', 'Sipariş bu duruma geçemez'),
  payment_incomplete: row(409, true, 'The payment has not succeeded yet', 'Ödeme henüz tamamlanmadı'),
  // stock
  sku_not_found: row(404, false, 'There is no such SKU', 'Böyle bir SKU yok'),
  stock_below_zero: row(
    409,
    false,
    'The stock would fall below what is reserved',
    'Stok, rezerve edilenin altına düşer',
  ),
  reservation_closed: row(409, false, 'This reservation has ended', 'Bu rezervasyon sona ermiş'),
  // payments
  payment_not_found: row(404, false, 'There is no such payment', 'Böyle bir ödeme yok'),
  payment_provider_error: row(
    502,
    true,
    'The payment provider refused the call',
    'Ödeme sağlayıcısı isteği kabul etmedi',
  ),
  payment_provider_unavailable: row(
    503,
    true,
    'The payment provider does not answer',
    'Ödeme sağlayıcısı yanıt vermiyor',
  ),
  provider_config_invalid: row(422, false, 'The provider settings are not valid', 'Sağlayıcı ayarları geçerli değil'),
  card_declined: row(402, false, 'The card was declined', 'Kart reddedildi'),
  signature_invalid: row(400, false, 'The signature is not valid', 'İmza geçerli değil'),
  refund_too_large: row(409, false, 'The refund is more than what was captured', 'İade, tahsil edilenden fazla'),
  unsupported_operation: row(422, false, 'This provider cannot do that', 'Bu sağlayıcı bunu yapamıyor'),
  // events
  dead_letter_failed_again: row(409, false, 'The event could still not be handled', 'Olay yine işlenemedi'),
  // the system itself
  service_unavailable: row(503, true, 'The service is not available right now', 'Hizmet şu anda kullanılamıyor'),
  deadline_exceeded: row(504, true, 'The answer took too long', 'Yanıt çok uzun sürdü'),
  internal_error: row(500, true, 'Something went wrong on our side', 'Bizim tarafımızda bir sorun oluştu'),
} as const satisfies Record<string, ErrorRow>;

/** A stable error code, the same in code, on the bus and over HTTP. */
export type ErrorCode = keyof typeof ERRORS;

/** Whether a text is a code of the table (a neighbour of a newer version may send one we do not know). */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/** Whether a refusal says nothing about the request: somebody was not there or too slow, and may be asked again. */
export const isTemporary = (code: ErrorCode): boolean => ERRORS[code].status > 502;
