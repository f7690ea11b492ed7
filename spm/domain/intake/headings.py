"""Words by which the columns of exports are called: what a heading suggests of a column.

The shipped layouts know the whole headers of many exports; the words below know parts of headers, in
more languages. Both only suggest: whoever imports decides.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from spm.domain.intake.layouts import shipped
from spm.domain.intake.records import NAME
from spm.domain.intake.schema import Kind
from spm.domain.text import fold, squeeze

EXACT = 10
"""The whole heading is known."""
_PART = 4
"""A word of the heading is; a longer one says more."""

PATTERNS = (
    'Date entered "{stage} ({pipeline})"',
    "Date entered {stage}",
    "Entered {stage} on",
    "Entered {stage}",
    "{stage} entered on",
    "{stage} entered",
    "{stage} since",
    "Eintritt {stage}",
    "{stage} seit",
    "Entrée {stage}",
    "Fecha de entrada {stage}",
    "Data de entrada {stage}",
    "{stage} (дата)",
    "{stage} am",
    "{stage} date",
    "{stage}日",
)
"""How headings name the date on which a deal entered a stage."""

_WORDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.DEAL: {
        "key": "id,deal id,opportunity id,opportunity number,record id,number,no,ref,reference,code,nr,nummer,nº,numéro,"
        "número,numero,номер,ід,код,番号,번호,kennung,vorgangsnummer,vorgangsnr,angebotsnummer,"
        "angebotsnr,auftragsnummer,auftragsnr,projektnummer,deal ref,opp ref,opp id,deal no,deal number,identifiant,codice",
        "name": "name,deal,opportunity,title,subject,topic,bezeichnung,titel,betreff,verkaufschance,vorgang,projekt,"
        "nom,intitulé,affaire,opportunité,nombre,oportunidad,nome,título,negócio,opportunità,naam,kans,nazwa,szansa,"
        "назва,угода,название,сделка,案件,商談,件名,거래,영업기회,딜",
        "owner": "owner,rep,sales rep,salesperson,seller,agent,account executive,assigned to,responsible,account manager,"
        "besitzer,inhaber,verkäufer,vertriebler,betreuer,bearbeiter,zuständig,vertriebsmitarbeiter,verantwortlich,"
        "verantwortlicher,commercial,vendeur,propriétaire,vendedor,propietario,comercial,asignado a,responsable,responsável,proprietário,"
        "venditore,proprietario,verkoper,eigenaar,handlowiec,opiekun,właściciel,менеджер,відповідальний,продавець,"
        "власник,ответственный,продавец,владелец,担当,担当者,営業,所有者,담당자,담당,영업사원",
        "owner.id": "owner id,rep id,user id,verkäufer-id,besitzer-id,ответственный id",
        "account": "account,company,customer,client,organization,organisation,kunde,kundenname,firma,unternehmen,société,"
        "entreprise,compte,cliente,empresa,cuenta,conta,azienda,klant,bedrijf,klient,клієнт,компанія,контрагент,клиент,"
        "компания,организация,取引先,会社,顧客,고객,고객사,회사,업체",
        "account.id": "account id,customer id,company id,kunden-id,kundennummer",
        "product": "product,item,produkt,artikel,produit,article,producto,artículo,produto,prodotto,продукт,товар,製品,商品,제품,상품",
        "territory": "territory,gebiet,verkaufsgebiet,territoire,territorio,território,територія,территория,テリトリー",
        "pipeline": "pipeline,funnel,trichter,воронка,パイプライン,파이프라인",
        "stage": "stage,phase,step,stufe,verkaufsphase,vertriebsphase,étape,etapa,fase,etap,етап,стадія,этап,стадия,ステージ,"
        "フェーズ,段階,단계",
        "status": "status,state,outcome,result,won lost,ergebnis,ausgang,zustand,statut,résultat,estado,resultado,situação,"
        "stato,esito,resultaat,wynik,статус,результат,стан,состояние,結果,状態,ステータス,상태,결과",
        "is_won": "is won,won",
        "is_closed": "is closed",
        "probability": "probability,likelihood,chance,wahrscheinlichkeit,probabilité,probabilidad,probabilidade,probabilità,"
        "kans,szanse,prawdopodobieństwo,ймовірність,вероятность,確度,確率,확률",
        "amount": "amount,value,deal value,revenue,volume,total,price,net,acv,tcv,arr,betrag,wert,umsatz,volumen,auftragswert,"
        "auftragsvolumen,summe,montant,valeur,chiffre d'affaires,importe,monto,valor,ingresos,importo,valore,bedrag,"
        "waarde,kwota,wartość,сума,вартість,сумма,стоимость,бюджет,金額,売上,受注額,금액,매출,예상 금액",
        "currency": "currency,währung,devise,moneda,divisa,moeda,valuta,waluta,валюта,通貨,통화",
        "created": "created,create date,creation date,opened,open date,date added,start,angelegt,erstellt,eröffnet,erfasst,anlagedatum,"
        "erstellungsdatum,beginn,créé,création,ouverture,creado,creación,apertura,fecha de alta,criado,criação,"
        "abertura,creato,creazione,aangemaakt,utworzono,створено,створення,створена,создано,создания,создана,作成,作成日,登録日,"
        "생성,생성일,등록일",
        "stage_since": "last stage change,stage since,stage changed,in stage since,phase seit,seit",
        "closed": "closed,close date,closing date,decision date,end date,signed,signing,abschluss,abschlussdatum,geschlossen,"
        "entschieden,entschieden am,entscheidung,entscheid,entscheidungsdatum,auftragsdatum,clôture,fermeture,signature,cierre,fecha de cierre,"
        "fechamento,encerramento,chiusura,gesloten,afsluitdatum,zamknięcie,закрито,закриття,закрыто,закрытия,完了,"
        "完了日,成約,クローズ,受注日,마감,마감일,종료,종료일,계약일",
        "won": "won on,won at,won date,gewonnen am,gagné le,ganado el",
        "lost": "lost on,lost at,lost date,verloren am,perdu le,perdido el",
        "expected_close": "expected close,estimated close,forecast date,erwarteter abschluss,geplanter abschluss,voraussichtlich,"
        "clôture prévue,cierre previsto,previsão,очікуване,ожидаемая,予定日,完了予定,예정일",
        "lead_source": "lead source,source,channel,quelle,herkunft,leadquelle,origine,origen,fuente,origem,fonte,bron,źródło,"
        "джерело,источник,流入元,リードソース,출처,소스",
        "next_step": "next step,next action,nächster schritt,prochaine étape,próximo paso,próximo passo,наступний крок,"
        "следующий шаг,次のステップ,次回,다음 단계",
        "loss_reason": "loss reason,lost reason,reason,verlustgrund,grund,raison,motivo,причина,失注理由,理由,실패 사유,사유",
    },
    Kind.PERSON: {
        "key": "user id,employee id,employee number,personalnummer,mitarbeiternummer,id",
        "name": "name,full name,first name,last name,rep,salesperson,employee,user,person,agent,vorname,nachname,mitarbeiter,"
        "verkäufer,nom,prénom,vendeur,nombre,apellido,vendedor,nome,sobrenome,cognome,ім'я,прізвище,менеджер,имя,фамилия,"
        "сотрудник,氏名,名前,担当者,이름,성명,담당자",
        "email": "email,e-mail,mail,upn,courriel,correo,пошта,почта,メール,이메일,메일",
        "title": "title,job title,position,function,funktion,stelle,poste,cargo,puesto,посада,должность,役職,직책,직급",
        "manager": "manager,reports to,supervisor,team lead,boss,vorgesetzter,teamleiter,leiter,responsable,jefe,gerente,"
        "chefe,керівник,начальник,руководитель,上司,マネージャー,매니저,팀장,상사",
        "office": "office,location,branch,region,site,büro,standort,niederlassung,bureau,agence,oficina,sede,escritório,"
        "офіс,офис,філія,филиал,регіон,регион,支店,拠点,オフィス,지점,사무소",
    },
    Kind.ACCOUNT: {
        "key": "account id,customer id,company id,customer number,kundennummer,kunden-id,id",
        "name": "account,account name,company,customer,client,organization,firma,kunde,unternehmen,société,client,cliente,"
        "empresa,клієнт,компанія,клиент,компания,会社名,顧客名,取引先,고객사,회사명,name",
        "industry": "industry,sector,branche,secteur,sector,indústria,галузь,отрасль,業種,업종",
        "city": "city,town,stadt,ort,ville,ciudad,cidade,місто,город,市区町村,도시",
        "country": "country,land,pays,país,paese,країна,страна,国,국가",
        "website": "website,web,url,domain,webseite,site,сайт,ウェブサイト,웹사이트",
        "employees": "employees,headcount,mitarbeiterzahl,effectif,empleados,funcionários,працівників,сотрудников,従業員数,직원수",
        "founded_year": "founded,year established,gegründet,gründungsjahr,fundación,設立,설립",
        "annual_revenue": "annual revenue,revenue,turnover,jahresumsatz,chiffre d'affaires,facturación,оборот,年商,매출",
        "parent": "parent,subsidiary of,parent account,mutter,konzern,maison mère,matriz",
    },
    Kind.PRODUCT: {
        "key": "product id,sku,product code,artikelnummer,artikelnr,référence,código,артикул,商品コード,상품코드",
        "name": "product,product name,item,produkt,artikel,bezeichnung,produit,producto,produto,товар,продукт,製品名,商品名,제품명,상품명",
        "family": "family,series,line,serie,familie,gamme,familia,серія,серия",
        "category": "category,kategorie,warengruppe,catégorie,categoría,категорія,категория,カテゴリ,카테고리",
        "list_price": "list price,price,sales price,unit price,preis,listenpreis,prix,precio,preço,ціна,цена,価格,単価,가격,단가",
        "cost": "cost,standard cost,kosten,einkaufspreis,coût,costo,custo,собівартість,себестоимость,原価,원가",
    },
    Kind.MOVE: {
        "deal.id": "deal id,deal ref,deal number,deal no,opportunity id,opp id,opp ref,record id,id,vorgangsnr,vorgangsnummer,"
        "案件番号,商談id,거래id,номер",
        "deal": "deal,opp,opportunity,deal name,opportunity name,verkaufschance,vorgang,affaire,oportunidad,"
        "угода,сделка,案件,商談,거래",
        "stage": "new stage,to stage,stage,to,new value,neue phase,phase,nach,nouvelle étape,étape,etapa,новий етап,етап,"
        "новый этап,этап,変更後,ステージ,フェーズ,단계",
        "from_stage": "old stage,from stage,previous stage,from,old value,alte phase,von phase,ancienne étape,etapa anterior,"
        "попередній етап,предыдущий этап,変更前",
        "at": "changed at,changed on,date,timestamp,moved at,edit date,entered,since,geändert am,datum,zeitpunkt,date de changement,"
        "fecha,data,дата,змінено,изменено,変更日,日時,変更日時,변경일,일시",
        "owner": "changed by,edited by,by,geändert von,modifié par,modificado por,змінив,изменил,変更者,변경자",
        "amount": "amount,value,betrag,wert,montant,importe,valor,сума,сумма,金額,금액",
        "closed": "close date,abschlussdatum",
        "currency": "currency,währung",
    },
    Kind.TARGET: {
        "person": "owner,rep,sales rep,salesperson,person,employee,user,agent,name,verkäufer,vertriebsmitarbeiter,mitarbeiter,"
        "vendeur,commercial,vendedor,comercial,менеджер,продавець,продавец,сотрудник,担当者,営業,담당자,영업사원",
        "month": "month,monat,mois,mes,mês,місяць,месяц,月,월",
        "period": "period,quarter,year,fiscal quarter,zeitraum,quartal,jahr,période,trimestre,periodo,período,квартал,період,"
        "период,рік,год,期間,四半期,분기,기간",
        "start": "start,from,valid from,effective from,gültig ab,beginn,von,début,du,desde,inicio,від,початок,с,начало,開始,시작",
        "last_day": "end,to,valid to,valid until,gültig bis,ende,bis,fin,au,hasta,fim,до,кінець,по,конец,終了,종료",
        "value": "target,quota,goal,target amount,ziel,zielwert,soll,sollwert,quote,vorgabe,objectif,quota,objetivo,cuota,meta,"
        "obiettivo,doel,cel,ціль,план,цель,目標,ノルマ,予算,목표,할당",
        "currency": "currency,währung,devise,moneda,moeda,валюта,通貨,통화",
    },
    Kind.TERRITORY: {
        "key": "territory id,territory key,gebiets-id",
        "name": "territory,region,gebiet,verkaufsgebiet,territoire,territorio,територія,территория,地域",
        "country": "country,land,pays,país,країна,страна,国,국가",
        "group": "group,area,gruppe,groupe,grupo,група,группа",
    },
    Kind.TERRITORY_MEMBER: {
        "person": "person,rep,salesperson,employee,employee key,verkäufer,mitarbeiter,vendeur,vendedor,менеджер,担当者,담당자",
        "territory": "territory,region,gebiet,territoire,territorio,територія,территория,地域",
    },
}


@lru_cache(maxsize=8)
def _known(kind: Kind) -> Mapping[str, Mapping[str, int]]:
    """Return the known headings of a kind: spelling → field → how much it says."""
    found: dict[str, dict[str, int]] = {}
    for layout in shipped():
        for table in layout.tables:
            for column in table.columns if table.kind is kind else ():
                is_id = kind is Kind.MOVE and column.field == "deal" and column.space != NAME
                for header in (*column.headers, *column.join):
                    field = f"{column.field}.id" if is_id else column.field
                    found.setdefault(_spelled(header), {})[field] = EXACT
                for header in column.id_headers:
                    found.setdefault(_spelled(header), {})[f"{column.field}.id"] = EXACT
    for field, words in _WORDS[kind].items():
        for word in words.split(","):
            found.setdefault(_spelled(word), {}).setdefault(field, EXACT)
    return found


@lru_cache(maxsize=8)
def _parts(kind: Kind) -> tuple[tuple[tuple[str, ...], str, int], ...]:
    """Return words that may be parts of headings, with the field and how much they say."""
    found = []
    for field, words in _WORDS[kind].items():
        for word in words.split(","):
            parts = tuple(_words(word))
            if len("".join(parts)) > 1:
                found.append((parts, field, _PART + min(len(parts) - 1, 3)))
    return tuple(found)


def suggested(kind: Kind, header: str) -> Mapping[str, int]:
    """Return the fields that a heading suggests, with how much it says for each; from 4 to 10."""
    found = dict(_known(kind).get(_spelled(header), {}))
    if found:
        return found
    words = list(_words(header))
    for parts, field, weight in _parts(kind):
        if any(_has(words, parts)):
            found[field] = max(found.get(field, 0), weight)
    return found


def _has(words: list[str], parts: tuple[str, ...]) -> Iterator[bool]:
    """Yield where the parts stand one after the other among the words, or inside one without blanks."""
    size = len(parts)
    yield any(tuple(words[at : at + size]) == parts for at in range(len(words) - size + 1))
    if size == 1 and (len(parts[0]) > 5 or not parts[0].isascii()):
        yield any(parts[0] in word for word in words)


def _words(text: str) -> Iterator[str]:
    apart = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", text)
    return (match[0] for match in re.finditer(r"[^\W_]+", fold(apart)))


def _spelled(name: str) -> str:
    return squeeze(name) or fold(name)
